import { element } from "../page/elements.js";
import { fill, gettext } from "../page/texts.js";
import * as column from "./samples.js";
import { dataRate, dataSize, memorySize, percent } from "./units.js";

/** Writes only what changed: the table is drawn anew every second. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function cell(label) {
  const first = element("span", { className: "stats-value" });
  const second = element("span", { className: "stats-more quiet" });
  const made = element("td", { dataset: { label } }, element("div", {}, first, second));
  return { made, show: (one, other) => (write(first, one), write(second, other)) };
}

/** One row of the table of current values. */
class Row {
  constructor(head) {
    this.cells = [gettext("CPU"), gettext("Memory"), gettext("Network"), gettext("Block I/O"), gettext("Processes")].map(cell);
    this.made = element("tr", {}, head, ...this.cells.map(({ made }) => made));
  }

  show(now) {
    const [cpu, memory, network, blocks, processes] = this.cells;
    const [limit, used] = [now?.[column.LIMIT], now?.[column.MEMORY]];
    cpu.show(percent(now?.[column.CPU]), "");
    memory.show(memorySize(used), limit ? fill(gettext("of %(limit)s (%(share)s)"), { limit: memorySize(limit), share: percent((100 * used) / limit) }) : "");
    this.#pair(network, now, [column.RECEIVED, column.SENT], [column.ALL_RECEIVED, column.ALL_SENT], gettext("in %(one)s, out %(other)s"));
    this.#pair(blocks, now, [column.READ, column.WRITTEN], [column.ALL_READ, column.ALL_WRITTEN], gettext("read %(one)s, written %(other)s"));
    processes.show(now ? String(now[column.PROCESSES]) : "–", "");
  }

  #pair(where, now, rates, totals, words) {
    // A container without a network, or in its host's, has none to tell of.
    const tells = now && (rates.some((index) => now[index] !== null) || totals.some((index) => now[index] > 0));
    if (!tells) return where.show("–", "");
    const [one, other] = rates.map((index) => dataRate(now[index]));
    const all = totals.map((index) => dataSize(now[index]));
    where.show(fill(words, { one, other }), fill(gettext("%(one)s / %(other)s in all"), { one: all[0], other: all[1] }));
  }
}

/** The table of current values; its first column chooses what the charts show. */
export class Table {
  #rows = new Map();
  #total;

  constructor(body, { colourOf, onChoice }) {
    Object.assign(this, { body, colourOf, onChoice, hidden: new Set() });
    const head = element("th", { scope: "row", className: "stats-head" }, gettext("The whole project"));
    this.#total = new Row(head);
    this.#total.made.className = "stats-total";
  }

  show(containers, total) {
    for (const id of [...this.#rows.keys()]) if (!containers.some((container) => container.id === id)) this.#remove(id);
    for (const container of containers) {
      const row = this.#rows.get(container.id) ?? this.#add(container);
      write(row.name, container.name);
      write(row.state, container.running ? "" : gettext("not running"));
      row.show(container.now);
    }
    const wanted = [...containers.map(({ id }) => this.#rows.get(id).made), ...(containers.length > 1 ? [this.#total.made] : [])];
    if (wanted.some((row, index) => this.body.children[index] !== row) || wanted.length !== this.body.children.length) this.body.replaceChildren(...wanted);
    this.#total.show(total);
    if (total) this.#total.cells[1].show(memorySize(total[column.MEMORY]), "");
  }

  #remove(id) {
    this.#rows.delete(id);
    this.hidden.delete(id);
  }

  #add(container) {
    const box = element("input", { type: "checkbox", className: "form-check-input", checked: true });
    const [name, state] = [element("span", { className: "mono" }), element("span", { className: "quiet" })];
    const swatch = element("span", { className: `stats-swatch series-${this.colourOf(container)}` });
    const label = element("label", { className: "stats-choice", title: gettext("Show it in the charts") }, box, swatch, name);
    const row = new Row(element("th", { scope: "row", className: "stats-head" }, label, state));
    box.addEventListener("change", () => {
      if (box.checked) this.hidden.delete(container.id);
      else this.hidden.add(container.id);
      this.onChoice();
    });
    Object.assign(row, { name, state });
    this.#rows.set(container.id, row);
    return row;
  }
}
