import { element } from "../page/elements.js";
import { fill, formatNumber, gettext, ngettext } from "../page/texts.js";
import { PLAIN, parseAnsi } from "./ansi.js";
import { appendFields, fieldsOf } from "./json.js";
import { levelOf } from "./levels.js";
import { preferences } from "./preferences.js";
import { timeOf } from "./times.js";

export const LONGEST_SHOWN = 2000; // characters of one line until "show all" is pressed

/** The row of a line. `style` is how the stream's text looked before it; returns `{row, style, plain}`. */
export function lineRow(source, line, style = PLAIN) {
  const fields = fieldsOf(line.text);
  const text = element("span", { className: "log-text" });
  const parsed = fields ? style : appendLine(text, line.text, style);
  const plain = fields ? line.text : text.textContent;
  if (fields) appendJson(text, line.text, fields);
  const level = levelOf(plain);
  const row = element("div", { className: line.stream === 2 ? "log-row log-stderr" : "log-row" }, nameOf(source));
  Object.assign(row.dataset, { series: source.series, level });
  row.append(timeOf(line.stamp), text);
  // What it is, for the pages around it and for who copies it.
  Object.assign(row, { stamp: line.stamp, container: source.id, line: line.text });
  return { row, style: parsed, plain };
}

/** Shows a row's line anew, after it was chosen how JSON is shown. */
export function redraw(row) {
  const fields = row.line && fieldsOf(row.line);
  if (!fields) return;
  const text = row.querySelector(":scope > .log-text");
  text.replaceChildren();
  appendJson(text, row.line, fields);
}

function appendJson(text, line, fields) {
  if (preferences.get("json")) appendFields(text, fields);
  else appendLine(text, line, PLAIN);
}

function appendLine(text, line, style) {
  const cut = line.length > LONGEST_SHOWN;
  const parsed = appendText(text, cut ? line.slice(0, LONGEST_SHOWN) : line, style);
  if (cut) text.append(showAllButton(text, line, style));
  return parsed;
}

/**
 * A row that is no output: what happened to a container, or what is missing. `at` is the stamp that is shown, `placed`
 * the one by which it is sorted in.
 */
export function noteRow(source, words, kind, { at = "", placed = "" } = {}) {
  const row = element("div", { className: `log-row log-note log-note-${kind}` }, source ? nameOf(source) : null);
  if (source) row.dataset.series = source.series;
  row.append(timeOf(at), element("span", { className: "log-text" }, words));
  row.stamp = placed;
  return row;
}

/** Inline, so that copied text reads as `docker compose logs` prints it: `demo-web-1  | text`. */
function nameOf(source) {
  const name = element("span", { className: "log-name" }, `${source.name}  `);
  const both = document.createDocumentFragment();
  both.append(name, element("span", { className: "log-bar" }, "| "));
  return both;
}

function appendText(parent, text, before) {
  const { segments, style } = parseAnsi(text, before);
  for (const segment of segments) parent.append(styled(segment));
  return style;
}

function styled({ text, style }) {
  if (style === PLAIN || Object.keys(style).length === 0) return text;
  const span = element("span", { className: classesOf(style) }, text);
  if (typeof style.fg === "string") span.style.color = style.fg;
  if (typeof style.bg === "string") span.style.backgroundColor = style.bg;
  return span;
}

function classesOf(style) {
  const flags = ["bold", "dim", "italic", "underline", "inverse", "strike"].filter((flag) => style[flag]);
  const classes = flags.map((flag) => `ansi-${flag}`);
  if (typeof style.fg === "number") classes.push(`ansi-fg-${style.fg}`);
  if (typeof style.bg === "number") classes.push(`ansi-bg-${style.bg}`);
  return classes.join(" ");
}

function showAllButton(parent, whole, style) {
  const label = fill(gettext("Show all %(count)s characters"), { count: formatNumber(whole.length) });
  const button = element("button", { type: "button", className: "log-show-all" }, label);
  button.addEventListener("click", () => {
    parent.replaceChildren();
    appendText(parent, whole, style);
  });
  return button;
}

/** What happened to the container whose name stands before it. */
export function eventWords({ what, exit_code: code }) {
  const words = {
    running: gettext("started"),
    exited: gettext("exited with code %(code)s"),
    dead: gettext("died and could not be cleaned up (code %(code)s)"),
    restarting: gettext("exited with code %(code)s and is being restarted"),
    paused: gettext("was paused"),
    created: gettext("was created"),
    removed: gettext("was removed"),
    healthy: gettext("is healthy"),
    unhealthy: gettext("is unhealthy"),
  };
  return fill(words[what] ?? what, { code: code ?? "?" });
}

export function gapWords(lines) {
  const words = ngettext("%(count)s line was skipped", "%(count)s lines were skipped", lines);
  return fill(words, { count: formatNumber(lines) });
}

export function newLinesWords(lines) {
  return fill(ngettext("%(count)s new line", "%(count)s new lines", lines), { count: formatNumber(lines) });
}
