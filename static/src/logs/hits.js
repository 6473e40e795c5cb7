import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { fill, formatNumber, gettext, ngettext } from "../page/texts.js";
import { visible } from "./ansi.js";
import { lineRow } from "./rows.js";
import { momentWords } from "./times.js";

/** How a search stands. */
export function reachedWords({ count, back_to: backTo, lines, long_lines: long, reason, stopped }) {
  const matches = fill(ngettext("%(count)s match", "%(count)s matches", count), { count: formatNumber(count) });
  const looked = fill(ngettext("%(count)s line looked at", "%(count)s lines looked at", lines), { count: formatNumber(lines) });
  const sentences = [matches, looked, farWords(momentWords(backTo), reason, stopped)];
  if (long > 0) {
    sentences.push(fill(ngettext("%(count)s very long line only in its beginning", "%(count)s very long lines only in their beginning", long), { count: formatNumber(long) }));
  }
  return sentences.filter(Boolean).join(" · ");
}

function farWords(moment, reason, stopped) {
  if (reason === "all") return gettext("all that is stored was searched");
  if (!moment) return stopped ? gettext("stopped") : gettext("searching…");
  if (stopped) return fill(gettext("stopped at %(moment)s"), { moment });
  const words = reason ? gettext("searched back to %(moment)s") : gettext("searching… back to %(moment)s");
  return fill(words, { moment });
}

/** The hits, the newest first; one of them is the current one. */
export class HitList {
  #list;
  #current = null;

  constructor(list, { onContext }) {
    this.#list = list;
    this.onContext = onContext;
  }

  get rows() {
    return [...this.#list.querySelectorAll(":scope > .log-hit")];
  }

  /** Number of the current hit, from 1; 0 for none. */
  get place() {
    return this.#current ? this.rows.indexOf(this.#current) + 1 : 0;
  }

  clear() {
    this.#list.replaceChildren();
    this.#list.scrollTop = 0;
    this.#current = null;
  }

  add(source, hits) {
    for (const hit of hits) this.#insert(this.#row(source, hit));
  }

  /** Hits of several containers come in turns: each goes before the older ones. */
  #insert(row) {
    let next = null;
    let candidate = this.#list.lastElementChild;
    while (candidate && (candidate.stamp ?? "") < row.stamp) {
      next = candidate;
      candidate = candidate.previousElementSibling;
    }
    this.#list.insertBefore(row, next);
  }

  #row(source, hit) {
    const label = gettext("Show in context");
    const button = element("button", { type: "button", className: "log-context-button", title: label }, icon("list-details"));
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-expanded", "false");
    const text = element("span", { className: "log-text" }, ...hit.parts.map(part));
    if (hit.cut) text.append("…");
    const row = element("div", { className: hit.stream === 2 ? "log-hit log-row log-stderr" : "log-hit log-row", tabIndex: -1, attributes: { role: "listitem" } });
    row.dataset.series = source.series;
    row.dataset.level = hit.level;
    const time = element("time", { className: "log-hit-time", dateTime: hit.stamp, title: hit.stamp }, `${momentWords(hit.stamp)} `);
    row.append(button, time, element("span", { className: "log-name" }, `${source.name}  `), element("span", { className: "log-bar" }, "| "), text);
    Object.assign(row, { stamp: hit.stamp, source });
    button.addEventListener("click", () => this.#toggleContext(row, button));
    return row;
  }

  #toggleContext(row, button) {
    this.select(row);
    const open = button.getAttribute("aria-expanded") === "true";
    this.closeContext();
    if (open) return;
    button.setAttribute("aria-expanded", "true");
    this.onContext(row.source, row.stamp);
  }

  closeContext() {
    this.#list.querySelector(":scope > .log-context")?.remove();
    for (const button of this.#list.querySelectorAll('[aria-expanded="true"]')) button.setAttribute("aria-expanded", "false");
  }

  /** Shows the lines around the hit whose context is open. */
  showContext(source, stamp, lines) {
    const button = this.#list.querySelector('[aria-expanded="true"]');
    const row = button?.closest(".log-hit");
    if (!row || row.stamp !== stamp || row.source !== source) return;
    this.#list.querySelector(":scope > .log-context")?.remove();
    const box = element("div", { className: "log-context", attributes: { role: "group", "aria-label": gettext("Lines around this one") } });
    let style;
    for (const line of lines) {
      const made = lineRow(source, line, style);
      style = made.style;
      if (line.stamp === stamp) made.row.setAttribute("aria-current", "true");
      box.append(made.row);
    }
    box.stamp = stamp;
    row.after(box);
    const middle = box.querySelector("[aria-current]");
    if (middle) box.scrollTop = middle.offsetTop - (box.clientHeight - middle.offsetHeight) / 2;
    this.#list.scrollTop = row.offsetTop;
  }

  /** Goes to the next (1) or the previous (-1) hit, round about. */
  step(by) {
    const { rows } = this;
    if (rows.length === 0) return;
    const from = this.#current ? rows.indexOf(this.#current) : by > 0 ? -1 : 0;
    const row = rows[(from + by + rows.length) % rows.length];
    this.select(row);
    row.scrollIntoView({ block: "nearest" });
  }

  select(row) {
    this.#current?.removeAttribute("aria-current");
    this.#current = row;
    row.setAttribute("aria-current", "true");
    this.onSelect?.();
  }
}

function part(text, index) {
  return index % 2 === 1 ? element("mark", {}, visible(text)) : visible(text);
}
