import { element } from "../page/elements.js";
import { isRefusal } from "../page/connection.js";
import { websocketUrl } from "../page/server.js";
import { fill, formatNumber, gettext, ngettext } from "../page/texts.js";
import { preferences } from "./preferences.js";
import { Slots } from "./slots.js";
import { momentWords } from "./times.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 48;
const BAR = 8; // pixels that a bar is wide at least
const KINDS = ["rest", "warn", "bad"]; // from the bottom up
const MARK = 2; // pixels that the mark of an operation is wide
const DRAGGED = 6; // pixels from which a press is a drag

/**
 * How much was logged when, by level, with the operations that changed what runs: a strip of bars over all that is
 * stored. A bar leads to its lines; dragging over some, or Shift and the arrow keys, shows only their time.
 */
export class VolumeStrip {
  #socket = null;
  #slots = new Slots();
  #deploys = [];
  #range = null; // what of the time is shown; null: all
  #bars = [];
  #at = -1;
  #drag = null;
  #told = "";

  constructor(viewer, toggle) {
    this.viewer = viewer;
    this.toggle = toggle;
    this.drawing = document.createElementNS(SVG, "svg");
    this.drawing.setAttribute("preserveAspectRatio", "none");
    this.drawing.setAttribute("aria-hidden", "true");
    this.frame = element("div", { className: "log-volume-bars", tabIndex: 0, attributes: { role: "slider", "aria-label": gettext("How much was logged when"), "aria-valuemin": "1" } });
    this.frame.append(this.drawing);
    this.words = element("span", { className: "log-volume-words", attributes: { role: "status" } });
    this.whole = element("button", { type: "button", className: "btn btn-sm", hidden: true }, gettext("Show all of the time"));
    this.whole.addEventListener("click", () => this.#show(null));
    this.from = element("span");
    this.to = element("span");
    this.box = element("section", { className: "log-volume", hidden: true, attributes: { "aria-label": gettext("How much was logged when") } }, this.frame, element("div", { className: "log-volume-times" }, this.from, this.to), element("div", { className: "log-volume-foot" }, this.words, this.whole));
    toggle.setAttribute("aria-expanded", "false");
    toggle.addEventListener("click", () => (this.box.hidden ? this.#open() : this.#close()));
    this.#listen();
    new ResizeObserver(() => this.#draw()).observe(this.frame);
    preferences.addEventListener("change", () => this.#draw());
  }

  #listen() {
    this.frame.addEventListener("pointerdown", (event) => this.#pressed(event));
    this.frame.addEventListener("pointermove", (event) => this.#moved(event));
    this.frame.addEventListener("pointerup", (event) => this.#released(event));
    this.frame.addEventListener("pointerleave", () => !this.#drag && this.#choose(-1));
    this.frame.addEventListener("keydown", (event) => this.#keyed(event));
  }

  #open() {
    this.box.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    this.#slots = new Slots();
    this.#deploys = [];
    this.#range = null;
    this.#told = gettext("counting…");
    const query = new URLSearchParams(this.viewer.query());
    this.#socket = new WebSocket(websocketUrl(`${this.viewer.root.dataset.url}volume/?${query}`));
    this.#socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    this.#socket.onclose = ({ code }) => isRefusal(code) && location.reload();
    this.#draw();
  }

  #close() {
    this.#socket?.close();
    this.box.hidden = true;
    this.toggle.setAttribute("aria-expanded", "false");
  }

  #heard({ type, text, deploys, slots, lines, done, complete, back_to: backTo }) {
    if (type === "problem") this.#told = text;
    if (type === "deploys") this.#deploys = deploys;
    if (type === "volume") {
      this.#slots.add(slots);
      this.#told = reached({ lines, done, complete, backTo });
    }
    this.#draw();
  }

  /** Shows a part of the time, or all of it. */
  #show(range) {
    this.#range = range;
    this.whole.hidden = !range;
    this.#at = -1;
    this.#draw();
  }

  #draw() {
    const width = this.frame.clientWidth;
    if (!width) return;
    const range = this.#range ?? (this.#slots.isEmpty ? null : this.#slots.span);
    this.#bars = range ? this.#slots.bars(range, Math.max(Math.floor(width / BAR), 2)) : [];
    this.drawing.setAttribute("viewBox", `0 0 ${Math.max(this.#bars.length, 1)} ${HEIGHT}`);
    const most = Math.max(...this.#bars.map((bar) => bar.rest + bar.warn + bar.bad), 1);
    this.drawing.replaceChildren(...this.#bars.flatMap((bar, index) => stack(bar, index, most)), ...this.#marks(), this.#chosen());
    this.frame.setAttribute("aria-valuemax", String(this.#bars.length));
    this.#tellTimes();
    this.#tell();
  }

  #tellTimes() {
    const [first, last] = [this.#bars[0], this.#bars.at(-1)];
    this.from.textContent = first ? momentWords(stampOf(first.begin)) : "";
    this.to.textContent = last ? momentWords(stampOf(last.end)) : "";
  }

  #marks() {
    const width = (MARK * this.#bars.length) / this.frame.clientWidth;
    return this.#deploys.map(({ at }) => this.#place(at)).filter((x) => x !== null).map((x) => rectangle("deploy", x, 0, width, HEIGHT));
  }

  #chosen() {
    const from = this.#drag ? Math.min(this.#drag.from, this.#at) : this.#at;
    const to = this.#drag ? Math.max(this.#drag.from, this.#at) : this.#at;
    return rectangle("chosen", from, 0, from < 0 ? 0 : to - from + 1, HEIGHT);
  }

  /** Where a time stands, in bars; null where it is not shown. */
  #place(seconds) {
    const first = this.#bars[0];
    if (!first) return null;
    const x = (seconds - first.begin) / (first.end - first.begin);
    return x >= 0 && x <= this.#bars.length ? x : null;
  }

  #barAt({ clientX }) {
    const { left, width } = this.frame.getBoundingClientRect();
    const index = Math.floor(((clientX - left) / width) * this.#bars.length);
    return Math.min(Math.max(index, 0), this.#bars.length - 1);
  }

  #choose(index) {
    if (index === this.#at) return;
    this.#at = index;
    this.drawing.lastElementChild?.replaceWith(this.#chosen());
    this.#tell();
  }

  #pressed(event) {
    if (!this.#bars.length) return;
    this.frame.setPointerCapture(event.pointerId);
    this.#drag = { from: this.#barAt(event), x: event.clientX };
    this.#choose(this.#drag.from);
  }

  #moved(event) {
    if (this.#bars.length) this.#choose(this.#barAt(event));
  }

  #released(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    if (Math.abs(event.clientX - drag.x) < DRAGGED) return this.#goTo(drag.from);
    this.#showBars(drag.from, this.#barAt(event));
  }

  #showBars(one, other) {
    const [first, last] = [this.#bars[Math.min(one, other)], this.#bars[Math.max(one, other)]];
    this.#show({ from: first.begin, to: last.end });
  }

  #goTo(index) {
    const bar = this.#bars[index];
    if (bar) this.viewer.goTo(stampOf(bar.begin));
  }

  #keyed(event) {
    const keys = { ArrowLeft: () => this.#step(-1, event), ArrowRight: () => this.#step(1, event), Enter: () => this.#entered(), Escape: () => this.#escaped() };
    if (this.#bars.length) keys[event.key]?.();
  }

  #step(by, event) {
    event.preventDefault();
    const from = this.#at < 0 && by < 0 ? this.#bars.length : this.#at;
    if (event.shiftKey) this.#drag ??= { from: Math.max(this.#at, 0) };
    this.#choose(Math.min(Math.max(from + by, 0), this.#bars.length - 1));
  }

  #entered() {
    const drag = this.#drag;
    this.#drag = null;
    if (drag) this.#showBars(drag.from, this.#at);
    else this.#goTo(this.#at);
  }

  #escaped() {
    this.#drag = null;
    if (this.#range) this.#show(null);
  }

  #tell() {
    const bar = this.#bars[this.#at];
    const words = bar ? barWords(bar, this.#deploysIn(bar)) : this.#told;
    this.words.textContent = words;
    this.frame.setAttribute("aria-valuenow", String(this.#at + 1));
    this.frame.setAttribute("aria-valuetext", words);
  }

  #deploysIn({ begin, end }) {
    return this.#deploys.filter(({ at }) => at >= begin && at < end);
  }
}

function stack(bar, index, most) {
  let y = HEIGHT;
  return KINDS.filter((kind) => bar[kind] > 0).map((kind) => {
    // What is there is seen, however little it is.
    const height = Math.max((bar[kind] / most) * HEIGHT, 1.5);
    y -= height;
    return rectangle(kind, index + 0.08, Math.max(y, 0), 0.84, height);
  });
}

function rectangle(kind, x, y, width, height) {
  const made = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ class: `log-volume-${kind}`, x, y, width, height })) made.setAttribute(name, value);
  return made;
}

function stampOf(seconds) {
  return new Date(seconds * 1000).toISOString().replace("Z", "000000Z");
}

function reached({ lines, done, complete, backTo }) {
  const count = fill(ngettext("%(count)s line", "%(count)s lines", lines), { count: formatNumber(lines) });
  if (complete) return fill(gettext("%(lines)s, all that is stored"), { lines: count });
  const moment = momentWords(backTo);
  if (!moment) return done ? count : gettext("counting…");
  const words = done ? gettext("%(lines)s, counted back to %(moment)s") : gettext("%(lines)s, counting… back to %(moment)s");
  return fill(words, { lines: count, moment });
}

function barWords({ begin, end, bad, warn, rest }, deploys) {
  const all = bad + warn + rest;
  const parts = [
    `${momentWords(stampOf(begin))} – ${momentWords(stampOf(end))}`,
    fill(ngettext("%(count)s line", "%(count)s lines", all), { count: formatNumber(all) }),
    bad && fill(ngettext("%(count)s error", "%(count)s errors", bad), { count: formatNumber(bad) }),
    warn && fill(ngettext("%(count)s warning", "%(count)s warnings", warn), { count: formatNumber(warn) }),
    ...deploys.map(({ text }) => text),
  ];
  return parts.filter(Boolean).join(" · ");
}
