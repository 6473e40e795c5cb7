// Completion and explanations for Compose files; fetched when the first of them is edited.
import { startCompletion } from "@codemirror/autocomplete";
import { element } from "../../page/elements.js";
import { getJson } from "../../page/server.js";
import { gettext } from "../../page/texts.js";
import { candidatesAt, explanationAt } from "./candidates.js";

const vocabularies = new Map();

async function vocabularyFrom(url) {
  if (!vocabularies.has(url)) vocabularies.set(url, getJson(url).catch(() => ({})));
  const { ok, data } = await vocabularies.get(url);
  if (!ok) vocabularies.delete(url); // asked for again next time
  return ok ? data : null;
}

function kindsInWords(kinds) {
  const words = { text: gettext("text"), number: gettext("number"), boolean: gettext("true or false"), list: gettext("list"), mapping: gettext("mapping") };
  return kinds.map((kind) => words[kind]).join(" · ");
}

/** The completions at a position, as CodeMirror takes them. */
export async function complete(context, url) {
  if (!context.explicit && !context.matchBefore(/[\w.-]+$|[\w]: +$|- $/)) return null;
  const vocabulary = await vocabularyFrom(url);
  const found = vocabulary && !context.aborted && candidatesAt(vocabulary, context.state.doc, context.pos);
  if (!found) return null;
  return { from: found.from, options: found.options.map(asCompletion), validFor: /^[\w.:-]*$/ };
}

/** Words stay in the order that the server tells, keys come by name. */
function asCompletion({ label, type, insert, about, kinds, opens, isRequired }, index) {
  return {
    label,
    type,
    detail: kinds ? kindsInWords(kinds) : undefined,
    info: about,
    boost: type === "property" ? Number(Boolean(isRequired)) : Math.max(99 - index, 2),
    apply: (view, _, from, to) => {
      view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.complete", scrollIntoView: true });
      if (opens) startCompletion(view);
    },
  };
}

/** What is shown beside the key under the pointer, as CodeMirror takes it. */
export async function explain(view, pos, url) {
  const vocabulary = await vocabularyFrom(url);
  const found = vocabulary && explanationAt(vocabulary, view.state.doc, pos);
  if (!found) return null;
  const { from, to, about, kinds, words } = found;
  return { pos: from, end: to, above: true, create: () => ({ dom: tip(about, kinds, words) }) };
}

function tip(about, kinds, words) {
  const box = element("div", { className: "editor-tip" }, element("p", {}, about), element("p", { className: "quiet" }, kindsInWords(kinds)));
  if (words.length > 0) box.append(element("p", { className: "mono" }, words.join(" | ")));
  return box;
}
