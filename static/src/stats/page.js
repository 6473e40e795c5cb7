import { ServiceColours } from "../logs/colours.js";
import { serverNow } from "../page/clock.js";
import { rememberedChoice, rememberChoice } from "../page/remembered.js";
import { JsonSocket } from "../page/socket.js";
import { fill, gettext } from "../page/texts.js";
import { Chart, clock, inWords } from "./charts.js";
import { CPU, MEMORY, READ, RECEIVED, Samples, SENT, sums, WRITTEN } from "./samples.js";
import { Table } from "./table.js";
import { dataRate, memorySize, percent } from "./units.js";

const KEY = "stats-minutes";
const RANGES = ["5", "15", "60"];
// What a chart shows of each container, and the least height of its scale, so that noise does not look like work.
const CHARTS = {
  cpu: { columns: [CPU], format: percent, floor: 2 },
  memory: { columns: [MEMORY], format: memorySize, floor: 4 * 2 ** 20, binary: true },
  network: { columns: [RECEIVED, SENT], format: dataRate, floor: 1000 },
  blocks: { columns: [READ, WRITTEN], format: dataRate, floor: 1000 },
};

/** The page of stats: `root` is templates/projects/stats.html's `[data-stats]`. */
export class StatsPage {
  #samples = new Samples();
  #colours = new ServiceColours();
  #drawn = 0;

  constructor(root) {
    this.root = root;
    this.#range = root.querySelector("[data-stats-range]");
    this.#range.value = rememberedChoice(KEY, RANGES, "5");
    this.#range.addEventListener("change", () => {
      rememberChoice(KEY, this.#range.value);
      this.#draw();
    });
    this.#table = new Table(root.querySelector("tbody"), { colourOf: ({ name }) => this.#colours.of(name), onChoice: () => this.#draw() });
    this.#charts = [...root.querySelectorAll("[data-chart]")].map((section) => this.#chart(section));
    new MutationObserver(() => this.#charts.forEach(({ chart }) => chart.redraw())).observe(document.documentElement, {
      attributeFilter: ["data-bs-theme"],
    });
    document.addEventListener("visibilitychange", () => this.#draw());
    this.#socket = new JsonSocket(root.dataset.stats, { onMessage: (message) => this.#take(message), onOpen: () => this.#begin() });
  }

  #range;
  #table;
  #charts;
  #socket;

  #chart(section) {
    const wanted = CHARTS[section.dataset.chart];
    return { chart: new Chart(section, wanted), title: section.querySelector("h2").textContent, ...wanted };
  }

  /** The server sends all of the past anew. */
  #begin() {
    this.#samples = new Samples();
  }

  #take(message) {
    if (message.type === "engine" && message.available) return;
    if (message.type === "engine") this.#samples.rest();
    if (message.type === "containers") this.#samples.show(message.containers);
    if (message.type === "figures") {
      this.#samples.take(message);
      this.#socket.send({ ack: message.n });
    }
    this.#draw();
  }

  /** Once a frame, and not at all while nobody can see it. */
  #draw() {
    if (document.hidden || this.#drawn) return;
    this.#drawn = requestAnimationFrame(() => {
      this.#drawn = 0;
      this.#show();
    });
  }

  #show() {
    const { containers } = this.#samples;
    this.root.querySelector("[data-stats-empty]").hidden = containers.length > 0;
    this.root.querySelector("[data-stats-shown]").hidden = containers.length === 0;
    if (!containers.length) return;
    this.#table.show(containers, this.#samples.total());
    const to = this.#samples.latest || serverNow();
    const from = to - 60 * Number(this.#range.value);
    this.#tellSpan(from);
    const { times, values } = this.#samples.columns(from);
    for (const { chart, ...wanted } of this.#charts) {
      const lines = this.#lines(wanted.columns, values);
      const described = inWords(wanted.title, sums(lines), wanted.format);
      chart.show(times, this.#withSum(lines, wanted.columns), { from, to, described });
    }
  }

  #lines(columns, values) {
    return this.#samples.containers
      .filter(({ id }) => !this.#table.hidden.has(id))
      .flatMap(({ id, name }) =>
        columns.map((column, index) => ({
          label: columns.length > 1 ? `${name} ${index ? "↑" : "↓"}` : name,
          colour: `--cu-series-${this.#colours.of(name)}`,
          dashed: index === 1,
          values: values(id, column),
          there: values(id, MEMORY),
        })),
      );
  }

  /** The sum of several containers; one alone is its own. */
  #withSum(lines, columns) {
    if (lines.length <= columns.length) return lines;
    const total = columns.map((_, index) => ({
      label: columns.length > 1 ? `${gettext("in all")} ${index ? "↑" : "↓"}` : gettext("in all"),
      colour: "--cu-total",
      strong: true,
      dashed: index === 1,
      values: sums(lines.filter((_line, place) => place % columns.length === index)),
    }));
    return [...lines, ...total];
  }

  #tellSpan(from) {
    const since = this.#samples.since(from);
    const told = this.root.querySelector("[data-stats-since]");
    const late = since > from + 15 ? fill(gettext("Measured since %(time)s."), { time: clock(since, true) }) : "";
    const words = since === undefined ? gettext("Nothing was measured yet.") : late;
    if (told.textContent !== words) told.textContent = words;
  }
}
