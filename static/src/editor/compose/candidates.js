import { ITEM } from "./flow.js";
import { declaredNames, placeAt, wordAt } from "./place.js";

// The server's vocabulary is a tree of nodes (projects/compose/vocabulary.py tells what is in one).

// Words that a YAML reader may take for a boolean where a text is meant.
const AMBIGUOUS = new Set(["no", "yes", "on", "off"]);

/** The node of what stands at a path, or undefined where the specification has nothing. */
export function nodeAt(vocabulary, path) {
  return path.reduce((node, step) => (step === ITEM ? node?.item : (node?.keys?.[step] ?? node?.each)), vocabulary);
}

/**
 * What may be written at a position: `{from, options}` where an option is `{label, type, insert, about, kinds, opens}`,
 * or null. `insert` is the text to write, `opens` whether something is to be chosen after it.
 */
export function candidatesAt(vocabulary, doc, pos) {
  const place = placeAt(doc, pos);
  const node = place && nodeAt(vocabulary, place.path);
  if (!node) return null;
  const options = place.kind === "key" ? keysOf(node, place, doc) : valuesOf(node, place, doc);
  return options.length > 0 ? { from: place.from, options } : null;
}

function keysOf(node, place, doc) {
  const taken = new Set(place.siblings);
  const keys = Object.entries(node.keys ?? {}).map(([name, child]) => keyOption(name, child, place, node.required));
  const names = node.keys ? [] : namesOf(node.each ?? {}, doc, place).map((name) => keyOption(name, node.each, place));
  return [...keys, ...names].filter(({ label }) => !taken.has(label));
}

function valuesOf(node, place, doc) {
  const words = (node.words ?? []).map((word) => ({ label: word, type: "enum", insert: quoted(word, node, place) }));
  const names = namesOf(node, doc, place).map((name) => ({ label: name, type: "variable", insert: name }));
  const keys = place.kind === "item" && !place.inFlow && !place.quoted && node.keys ? keysOf(node, place, doc) : [];
  return [...names, ...words, ...keys];
}

/** The declared names that are meant at a node; a service is not offered to itself. */
function namesOf({ names }, doc, { path }) {
  if (!names) return [];
  const [section, before, after] = names;
  const itself = section === "services" && path[0] === "services" ? path[1] : null;
  return declaredNames(doc, section)
    .filter((name) => name !== itself)
    .map((name) => `${before}${name}${after}`);
}

function quoted(word, node, place) {
  return AMBIGUOUS.has(word) && !place.quoted ? `"${word}"` : word;
}

/** A key with what follows it: a space before a scalar, a deeper line, or a bracket, before a mapping or a list. */
function keyOption(name, node, place, required = []) {
  const kinds = node.kinds ?? [];
  const isScalar = kinds.some((kind) => kind === "text" || kind === "number" || kind === "boolean");
  const isMapping = kinds.includes("mapping");
  const deeper = place.inFlow ? " " : `\n${" ".repeat(place.column + 2)}`;
  const [ofMapping, ofList] = place.inFlow ? ["{", "["] : ["", "- "];
  const after = isScalar ? " " : `${deeper}${isMapping ? ofMapping : ofList}`;
  return {
    label: name,
    type: "property",
    insert: `${name}:${after}`,
    about: node.about,
    kinds,
    opens: Boolean(node.words || node.names || !isScalar),
    isRequired: required.includes(name),
  };
}

/** What is to be said about the key at a position, or a word that its key names: `{from, to, path, about, kinds, words}`, or null. */
export function explanationAt(vocabulary, doc, pos) {
  const word = wordAt(doc, pos);
  if (!word) return null;
  const node = word.kind === "key" ? nodeAt(vocabulary, word.path.slice(0, -1))?.keys?.[word.path.at(-1)] : nodeAt(vocabulary, word.path);
  const { about, kinds = [], words = [] } = node ?? {};
  if (!about || (word.kind !== "key" && !words.includes(word.text))) return null;
  return { from: word.from, to: word.to, path: word.path, about, kinds, words };
}
