// Stack traces: their frames are folded under the line that they belong to.

import { element } from "../page/elements.js";
import { fill, formatNumber, gettext, ngettext } from "../page/texts.js";

const FEWEST = 2; // lines that are worth folding

// Java, JavaScript, .NET and Ruby: the frames tell, and the line before the first one is what they belong to.
const FRAME = /^\s+at \S|^\s+from \S+:\d+|^\s*\.\.\. \d+ (?:more|common frames omitted)|^Caused by: \S|^\s+Suppressed: \S|^#\d+ .*(?:\(\d+\): |\{main\})/;
// Python, Go, Rust and PHP say that a trace begins.
const BEGINNINGS = [
  { head: /Traceback \(most recent call last\):\s*$/, goesOn: /^\s+\S/ },
  { head: /^goroutine \d+ (?:gp=\S+ m=\S+ )?(?:mp=\S+ )?\[.+\]:$/, goesOn: /\S/ },
  { head: /^stack backtrace:$|^Stack trace:$/, goesOn: /^\s+\d+: |^\s+at |^#\d+ |^\s+thrown in / },
];

/** What follows a line that begins a trace; null for a line that begins none. */
export function beginningOf(text) {
  return BEGINNINGS.find(({ head }) => head.test(text))?.goesOn ?? null;
}

export function isFrame(text) {
  return FRAME.test(text);
}

/** Finds the traces in the lines of one container. */
export class TraceFolder {
  #trace = null;
  #last = null;

  /** Looks at the next row, of a line whose text is `text`. */
  place(row, text, stream) {
    const goesOn = this.#trace?.stream === stream && this.#trace.goesOn.test(text);
    if (!goesOn) this.#trace = null;
    if (!this.#trace && this.#last?.stream === stream && isFrame(text)) {
      this.#trace = { ...this.#last, goesOn: FRAME };
    }
    if (this.#trace) return addTo(this.#trace.row, row);
    this.#last = { row, stream };
    const expected = beginningOf(text);
    if (expected) this.#trace = { row, stream, goesOn: expected };
  }
}

function addTo(head, row) {
  head.frames ??= [];
  head.frames.push(row);
  row.traceHead = head;
  // A level that is asked for brings the whole trace.
  row.dataset.level = head.dataset.level;
  if (head.frames.length < FEWEST) return;
  head.traceButton ??= buttonOf(head);
  showTrace(head, head.traceButton.getAttribute("aria-expanded") === "true");
}

function buttonOf(head) {
  const button = element("button", { type: "button", className: "log-trace-button" });
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => showTrace(head, button.getAttribute("aria-expanded") !== "true"));
  head.append(button);
  return button;
}

function showTrace(head, isOpen) {
  const { frames, traceButton: button } = head;
  button.setAttribute("aria-expanded", String(isOpen));
  const more = ngettext("Show %(count)s more line", "Show %(count)s more lines", frames.length);
  button.textContent = isOpen ? gettext("Fold") : fill(more, { count: formatNumber(frames.length) });
  for (const row of frames) row.dataset.trace = isOpen ? "open" : "folded";
}

/** Shows a row that may be folded. */
export function unfold(row) {
  if (row.dataset.trace === "folded") showTrace(row.traceHead, true);
}

/** Rows whose first line is no longer there stand for themselves. */
export function unfoldOrphans(rows) {
  for (const row of rows) {
    if (row.traceHead && !row.traceHead.isConnected) delete row.dataset.trace;
  }
}

/** The text of a line, with the frames that are folded under it. */
export function wholeText(row) {
  const folded = (row.frames ?? []).filter((frame) => frame.dataset.trace === "folded");
  return [row, ...folded].map(({ line }) => line).join("\n");
}
