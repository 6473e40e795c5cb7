// Lines of structured logs: an object of JSON is shown as its message and its fields, and as a tree when asked for.

import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { gettext } from "../page/texts.js";
import { visible } from "./ansi.js";
import { preferences } from "./preferences.js";

const LONGEST = 64 * 1024; // characters of a line that is taken apart
const LONGEST_VALUE = 200; // characters of a value among the fields
const MOST_FIELDS = 40;
const DEEPEST = 12;
const MESSAGES = ["message", "msg", "@m", "@mt", "event", "text"];

/** The fields of a line that is an object of JSON, else null. */
export function fieldsOf(text) {
  if (!text.startsWith("{") || text.length > LONGEST || !text.trimEnd().endsWith("}")) return null;
  try {
    const fields = JSON.parse(text);
    return Object.keys(fields).length > 0 ? fields : null;
  } catch {
    return null;
  }
}

/** What is shown of a line: `message`, and `pairs` of a name and its value's text. */
export function toldOf(fields, chosen) {
  const key = MESSAGES.find((name) => typeof fields[name] === "string");
  const names = Object.keys(fields).filter((name) => name !== key);
  const shown = chosen.length > 0 ? chosen.filter((name) => Object.hasOwn(fields, name) && name !== key) : names.slice(0, MOST_FIELDS);
  return { message: key ? fields[key] : "", pairs: shown.map((name) => [name, valueText(fields[name])]) };
}

function valueText(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const cut = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  return typeof value === "string" && /[\s"=]|^$/.test(cut) ? JSON.stringify(cut) : cut;
}

/** Shows the fields in `parent`, with a button that shows them as a tree below. */
export function appendFields(parent, fields) {
  const { message, pairs } = toldOf(fields, preferences.fields);
  parent.append(toggleOf(parent, fields));
  if (message) parent.append(element("span", { className: "log-json-message" }, visible(message)), " ");
  for (const [name, value] of pairs) {
    parent.append(element("span", { className: "log-json-key" }, `${visible(name)}=`), `${visible(value)} `);
  }
}

function toggleOf(parent, fields) {
  const label = gettext("Show all fields");
  const button = element("button", { type: "button", className: "log-json-toggle", title: label }, icon("chevron-right"));
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const shown = parent.querySelector(":scope > .log-json-tree");
    button.setAttribute("aria-expanded", String(!shown));
    if (shown) shown.remove();
    else parent.append(treeOf(fields));
  });
  return button;
}

function treeOf(fields) {
  const box = element("div", { className: "log-json-tree" });
  box.append(listOf(fields, 0));
  return box;
}

function listOf(value, depth) {
  const entries = Object.entries(value).map(([name, item]) => {
    const key = depth === 0 ? fieldChoice(name) : element("span", { className: "log-json-key" }, visible(name));
    return element("li", {}, key, ": ", valueOf(item, depth + 1));
  });
  return element("ul", {}, ...entries);
}

function valueOf(value, depth) {
  const isNested = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isNested || depth > DEEPEST) {
    return element("span", { className: `log-json-${value === null ? "null" : typeof value}` }, visible(JSON.stringify(value)));
  }
  const count = Object.keys(value).length;
  const summary = element("summary", {}, Array.isArray(value) ? `[${count}]` : `{${count}}`);
  return element("details", { open: depth < 3 }, summary, listOf(value, depth));
}

/** The name of a field; pressed, it is among the fields that all lines show. */
function fieldChoice(name) {
  const button = element("button", { type: "button", className: "log-json-key", title: gettext("Show this field in the lines") }, visible(name));
  const show = () => button.setAttribute("aria-pressed", String(preferences.fields.includes(name)));
  button.addEventListener("click", () => {
    const chosen = preferences.fields;
    preferences.set("fields", (chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]).join(", "));
    show();
  });
  show();
  return button;
}
