// Where in a Compose file a position is, read from the indentation alone: a file that is being written rarely parses.

import { ITEM, readFlow, unquoted } from "./flow.js";

const LINE = /^( *)((?:- +|-$)*)(.*)$/;
const KEY = /^("[^"]*"|'[^']*'|[^\s#:"'[\]{},&*!|>-][^\s:#]*|-[^\s:#]+)(?: *):(?= |$)/;

/** A line's structure: the columns of its dashes, the column and name of its key, and what stands after the key. */
function readLine(text) {
  const [, indent, dashes, rest] = LINE.exec(text) ?? [null, "", "", text];
  const column = indent.length + dashes.length;
  const columns = [...dashes.matchAll(/-/g)].map((match) => indent.length + match.index);
  const key = KEY.exec(rest);
  return {
    blank: /^\s*(#|$)/.test(text),
    dashes: columns,
    column,
    key: key ? unquoted(key[1]) : null,
    keyLength: key?.[1].length ?? 0,
    value: key ? rest.slice(key[0].length) : rest,
    valueColumn: key ? column + key[0].length : column,
  };
}

/** The way from a line up to the top level: what each line above adds to the path. */
class Climb {
  path = [];
  siblings = [];
  inText = false; // inside a text block (`key: |`)
  #limit;
  #fromItem = false; // a list may stand as far left as its key

  constructor(column, dashes) {
    this.#limit = column;
    this.#leaveItems(dashes);
  }

  get isOver() {
    return this.inText || (this.#limit === 0 && !this.#fromItem);
  }

  pass(line) {
    const isSibling = line.column === this.#limit;
    if (line.key !== null && (line.column < this.#limit || (isSibling && this.#fromItem))) this.#leaveMapping(line);
    else if (!isSibling) return;
    else if (line.key !== null && this.path.length === 0) this.siblings.push(line.key);
    this.#leaveItems(line.dashes);
  }

  #leaveMapping(line) {
    this.inText = /^ *[|>]/.test(line.value);
    this.path.unshift(line.key);
    this.#limit = line.column;
    this.#fromItem = false;
  }

  #leaveItems(dashes) {
    for (const dash of [...dashes].reverse()) {
      if (dash >= this.#limit) continue;
      this.path.unshift(ITEM);
      this.#limit = dash;
      this.#fromItem = true;
    }
  }
}

/** The keys above a column of a line, from the top, and those before it on its level; null inside a text block. */
function pathAbove(doc, number, column, dashes) {
  const climb = new Climb(column, dashes);
  for (let n = number - 1; n >= 1 && !climb.isOver; n--) {
    const line = readLine(doc.line(n).text);
    if (!line.blank) climb.pass(line);
  }
  return climb.inText ? null : climb;
}

/** The keys that follow on the same level. */
function siblingsBelow(doc, number, column) {
  const found = [];
  for (let n = number + 1; n <= doc.lines; n++) {
    const line = readLine(doc.line(n).text);
    if (line.blank) continue;
    if (line.column < column || line.dashes.some((dash) => dash < column)) break;
    if (line.column === column && line.key !== null) found.push(line.key);
  }
  return found;
}

/**
 * What is being typed at `pos`: `{kind, path, from, typed, column, siblings}`, or null where nothing can be offered.
 * `kind` is "key" (path: of the mapping), "item" (path ends in ITEM) or "value" (path: of the key).
 */
export function placeAt(doc, pos) {
  const { from: start, number, text } = doc.lineAt(pos);
  const before = text.slice(0, pos - start);
  if (/(^|\s)#/.test(before)) return null;
  const line = readLine(before);
  const above = pathAbove(doc, number, line.column, line.dashes);
  if (!above) return null;
  if (line.key !== null) return valueAt([...above.path, line.key], line, start);
  if (/[\s"'[{]/.test(line.value)) return valueAt(above.path, line, start);
  const kind = line.dashes.length > 0 ? "item" : "key";
  const siblings = [...above.siblings, ...siblingsBelow(doc, number, line.column)];
  return { kind, path: above.path, from: start + line.column, typed: line.value, column: line.column, siblings };
}

/** A line's value without the spaces before it, and its column. */
function valueOf({ value, valueColumn }) {
  const written = value.trimStart();
  return { value: written, offset: valueColumn + value.length - written.length };
}

/** The value that is being typed after a key or a dash: a word, a quoted word, or what is open of `{a: b, c: [d`. */
function valueAt(path, line, start) {
  const { value, offset } = valueOf(line);
  if (/^["']?[^\s"'[\]{},]*$/.test(value)) {
    const quote = /^["']/.test(value) ? 1 : 0;
    return { kind: path.at(-1) === ITEM ? "item" : "value", path, from: start + offset + quote, typed: value.slice(quote), quoted: quote > 0, siblings: [] };
  }
  const open = readFlow(value)?.open;
  if (!open || /[\s"']/.test(open.typed)) return null;
  return { ...open, path: [...path, ...open.path], from: start + offset + open.from, inFlow: true };
}

/** The words of a line: its key and its value, or what its value holds in flow syntax; paths begin with the line's. */
function wordsOf(line) {
  const path = line.key === null ? [] : [line.key];
  const key = { kind: "key", path, text: line.key, from: line.column, to: line.column + line.keyLength };
  const keys = line.key === null ? [] : [key];
  const { value, offset } = valueOf(line);
  const flow = readFlow(value);
  if (flow) {
    const words = flow.words.map((word) => ({ ...word, path: [...path, ...word.path], from: word.from + offset, to: word.to + offset }));
    return [...keys, ...words];
  }
  const [written] = /^("[^"]*"|'[^']*'|(?:[^#\s]|\s+(?!#)\S)*)/.exec(value);
  return [...keys, { kind: "value", path, text: unquoted(written), from: offset, to: offset + written.length }];
}

/** The word at `pos`: `{kind, path, text, from, to}`, a key at the end of its own path, or null. */
export function wordAt(doc, pos) {
  const { from: start, number, text } = doc.lineAt(pos);
  const line = readLine(text);
  const word = line.blank ? null : wordsOf(line).find(({ from, to }) => start + from <= pos && pos <= start + to);
  const above = word && pathAbove(doc, number, line.column, line.dashes);
  return above ? { ...word, path: [...above.path, ...word.path], from: start + word.from, to: start + word.to } : null;
}

/** The names that a file declares in a section of its top level: its services, networks, volumes … */
export function declaredNames(doc, section) {
  const names = [];
  let inside = false;
  let column = null;
  for (let n = 1; n <= doc.lines; n++) {
    const line = readLine(doc.line(n).text);
    if (line.blank) continue;
    if (line.column === 0) [inside, column] = [line.key === section, null];
    else if (inside && line.key !== null) {
      column ??= line.column;
      if (line.column === column) names.push(line.key);
    }
  }
  return names;
}
