import { element } from "../page/elements.js";
import { JsonSocket } from "../page/socket.js";
import { gettext } from "../page/texts.js";
import { chooseUsage, wantsUsage } from "./choice.js";
import { CPU, MEMORY, Samples } from "./samples.js";
import { Sparkline } from "./sparkline.js";
import { memorySize, percent } from "./units.js";

const SECONDS = 180;
const HIDDEN_PATIENCE = 10_000;
const WANTED = [
  { column: CPU, format: percent, floor: 5, label: () => gettext("CPU") },
  { column: MEMORY, format: memorySize, floor: 4 * 2 ** 20, label: () => gettext("Memory") },
];

/** What one container uses: a number and a line each for CPU and memory. */
class Usage {
  constructor() {
    this.figures = WANTED.map(({ label }) => {
      const [value, line] = [element("span", { className: "usage-value" }), new Sparkline()];
      const word = element("span", { className: "visually-hidden" }, label());
      return { value, line, made: element("span", { className: "usage-figure" }, word, line.made, value) };
    });
    this.made = element("div", { className: "usage" }, ...this.figures.map(({ made }) => made));
  }

  show({ id, name, now }, { times, values }, scale) {
    this.made.title = name;
    WANTED.forEach(({ column, format, floor }, index) => {
      const { value, line } = this.figures[index];
      const text = format(now?.[column]);
      if (value.textContent !== text) value.textContent = text;
      line.show(times, values(id, column), { ...scale, floor });
    });
  }
}

/** The usage column of the services table: on while its button is pressed and the page can be seen. */
export class LiveUsage {
  #samples = new Samples();
  #shown = new Map();
  #socket = null;
  #timer;

  constructor(button) {
    this.button = button;
    button.addEventListener("click", () => {
      chooseUsage(!wantsUsage());
      this.#turn();
    });
    document.addEventListener("visibilitychange", () => this.#visible());
    // A service that has just got its row is given its figures before it is painted.
    document.addEventListener("htmx:wsAfterMessage", () => this.#socket && this.#place());
    this.#turn();
  }

  #turn() {
    const wanted = wantsUsage();
    this.button.setAttribute("aria-pressed", String(wanted));
    if (wanted && !document.hidden) this.#begin();
    if (!wanted) this.#end();
  }

  #visible() {
    clearTimeout(this.#timer);
    if (document.hidden) this.#timer = setTimeout(() => this.#end(), HIDDEN_PATIENCE);
    else this.#turn();
  }

  #begin() {
    this.#socket ??= new JsonSocket(this.button.dataset.liveUsage, {
      onMessage: (message) => this.#take(message),
      onOpen: () => (this.#samples = new Samples()),
    });
  }

  #end() {
    this.#socket?.close();
    this.#socket = null;
    this.#shown.clear();
    for (const cell of document.querySelectorAll("[data-usage]")) cell.replaceChildren();
  }

  #take(message) {
    if (message.type === "engine" && message.available) return;
    if (message.type === "engine") this.#samples.rest();
    if (message.type === "containers") this.#samples.show(message.containers);
    if (message.type === "figures") {
      this.#samples.take(message);
      this.#socket?.send({ ack: message.n });
    }
    this.#draw();
    this.#place();
  }

  #draw() {
    const to = this.#samples.latest;
    const columns = this.#samples.columns(to - SECONDS);
    const running = this.#samples.containers.filter((container) => container.running);
    this.#shown = new Map(running.map(({ id }) => [id, this.#shown.get(id) ?? new Usage()]));
    for (const container of running) this.#shown.get(container.id).show(container, columns, { from: to - SECONDS, to });
  }

  /** Puts every container's figures into the cell of its service. */
  #place() {
    for (const cell of document.querySelectorAll("[data-usage]")) {
      const mine = this.#samples.containers.filter(({ id, service }) => service === cell.dataset.usage && this.#shown.has(id));
      const wanted = mine.map(({ id }) => this.#shown.get(id).made);
      if (wanted.length !== cell.children.length || wanted.some((made, index) => cell.children[index] !== made)) cell.replaceChildren(...wanted);
    }
  }
}
