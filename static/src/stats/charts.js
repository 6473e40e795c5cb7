import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element } from "../page/elements.js";
import { fill, gettext, locale } from "../page/texts.js";

const HEIGHT = 180;
const TIMES_HEIGHT = 28;
const DOUBLES = Array.from({ length: 50 }, (_, power) => 2 ** power);
const MOST_TOLD = 4;
const AXIS_WIDTH = 76;
const SENT_DASH = [5, 4];

/** A colour of the page as it is now: light and dark have their own. */
function colour(name) {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

export function clock(seconds, withSeconds) {
  const parts = { hour: "2-digit", minute: "2-digit", ...(withSeconds ? { second: "2-digit" } : {}) };
  return new Intl.DateTimeFormat(locale(), { ...parts, hourCycle: "h23" }).format(seconds * 1000);
}

/**
 * A chart in `root`, a section with a heading; `format` makes words of a value, `floor` is the least height of the scale,
 * and `binary` says whether it goes by powers of two.
 */
export class Chart {
  #plot = null;
  #lines = [];
  #key = "";

  constructor(root, { format, floor, binary = false }) {
    Object.assign(this, { format, floor, binary });
    this.#box = root.querySelector("[data-chart-box]");
    this.#reading = root.querySelector("[data-chart-reading]");
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#box);
  }

  #box;
  #reading;

  /** `lines` are `{label, colour (a CSS variable), strong, dashed, values}`; `from` to `to` are the times shown. */
  show(times, lines, { from, to, described }) {
    const key = JSON.stringify(lines.map(({ label, colour: paint, dashed }) => [label, paint, dashed]));
    if (!this.#plot || key !== this.#key) this.#make(lines);
    this.#key = key;
    this.#lines = lines;
    const data = [times, ...lines.map((line) => line.values)];
    this.#plot.batch(() => {
      this.#plot.setData(data, false);
      this.#plot.setScale("x", { min: from, max: to });
    });
    this.#box.setAttribute("aria-label", described);
  }

  /** Draws anew, in the colours that the page has now. */
  redraw() {
    this.#plot?.redraw(false);
  }

  #make(lines) {
    this.#plot?.destroy();
    const series = lines.map((line) => ({
      label: line.label,
      stroke: () => colour(line.colour),
      width: line.strong ? 2.5 : 1.5,
      dash: line.dashed ? SENT_DASH : undefined,
      points: { show: false },
    }));
    this.#plot = new uPlot({ ...this.#size(), ...this.#look(), series: [{}, ...series] }, [[], ...lines.map(() => [])], this.#box);
  }

  #size() {
    return { width: Math.max(this.#box.clientWidth, 200), height: HEIGHT };
  }

  #look() {
    const axis = { stroke: () => colour("--cu-quiet"), grid: { stroke: () => colour("--cu-line"), width: 1 }, ticks: { show: false } };
    const values = (_plot, splits) => splits.map((value) => this.format(value));
    const times = (_plot, splits, _axis, _space, step) => splits.map((value) => clock(value, step < 60));
    return {
      legend: { show: false },
      cursor: { y: false, sync: { key: "stats" }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(high ?? 0, this.floor) * 1.08] } },
      axes: [
        { ...axis, values: times, space: 56, size: TIMES_HEIGHT },
        { ...axis, values, size: AXIS_WIDTH, space: 34, ...(this.binary ? { incrs: DOUBLES } : {}) },
      ],
      hooks: { setCursor: [(plot) => this.#tell(plot.cursor.idx)] },
    };
  }

  /** Says what was so at the time under the pointer: the highest first. */
  #tell(index) {
    const at = index === null || index === undefined ? undefined : this.#plot?.data[0][index];
    const told = this.#lines
      .map((line) => ({ ...line, value: line.values[index] ?? null }))
      .filter((line) => line.value !== null)
      .sort((one, other) => Number(other.strong ?? false) - Number(one.strong ?? false) || other.value - one.value);
    const words = told.slice(0, MOST_TOLD).map(({ label, value }) => `${label} ${this.format(value)}`);
    if (told.length > MOST_TOLD) words.push("…");
    this.#reading.replaceChildren(
      ...(at === undefined || !words.length ? [] : [element("strong", {}, clock(at, true)), ` ${words.join(" · ")}`]),
    );
  }
}

/** What a chart shows, for those who do not see it. */
export function inWords(title, values, format) {
  const known = values.filter((value) => value !== null);
  if (!known.length) return fill(gettext("%(title)s: nothing was measured yet"), { title });
  return fill(gettext("%(title)s: now %(now)s, at most %(most)s, at least %(least)s"), {
    title,
    now: format(known.at(-1)),
    most: format(Math.max(...known)),
    least: format(Math.min(...known)),
  });
}
