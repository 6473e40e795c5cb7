import { copyText } from "../page/copy.js";
import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { gettext } from "../page/texts.js";
import { wholeText } from "./traces.js";

const SHOWN = 1_500; // milliseconds that a button says "Copied"

/** Two buttons at the line under the pointer, or at the one chosen by Alt and the arrow keys: copy it, copy its link. */
export class RowTools {
  #row = null;

  constructor(viewer) {
    this.viewer = viewer;
    const { list } = viewer.parts;
    this.box = element("div", { className: "log-row-tools", hidden: true, attributes: { role: "toolbar", "aria-label": gettext("This line") } });
    this.box.append(
      this.#button("copy", gettext("Copy the line"), wholeText),
      this.#button("link", gettext("Copy a link to the line"), (row) => this.#linkTo(row)),
    );
    list.after(this.box);
    list.addEventListener("mouseover", ({ target }) => this.#show(target.closest(".log-row")));
    list.addEventListener("keydown", (event) => this.#walk(event));
    list.parentElement.addEventListener("mouseleave", () => this.hide());
  }

  hide() {
    this.#row?.classList.remove("log-row-chosen");
    this.#row = null;
    this.box.hidden = true;
  }

  #show(row) {
    if (!row?.container || row === this.#row) return;
    this.hide();
    this.#row = row;
    row.classList.add("log-row-chosen");
    this.box.hidden = false;
    this.stay();
  }

  /** Keeps to the line while the list is scrolled, as long as it is in sight. */
  stay() {
    if (!this.#row) return;
    const { list } = this.viewer.parts;
    const top = this.#row.offsetTop - list.scrollTop;
    if (!this.#row.isConnected || top < 0 || top > list.clientHeight) return this.hide();
    this.box.style.top = `${list.offsetTop + top}px`;
  }

  #walk(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!step || !event.altKey) return;
    event.preventDefault();
    let row = this.#row ? this.#row[step] : this.viewer.parts.list.lastElementChild;
    while (row && (!row.container || row.offsetHeight === 0)) row = row[step];
    row?.scrollIntoView({ block: "nearest" });
    this.#show(row);
  }

  #linkTo(row) {
    const url = new URL(this.viewer.root.dataset.logsUrl, location.href);
    url.search = new URLSearchParams([...this.viewer.query(), ["at", row.stamp]]);
    return url.href;
  }

  #button(name, label, textOf) {
    const button = element("button", { type: "button", className: "btn btn-sm log-tool", title: label, attributes: { "aria-label": label } }, icon(name));
    button.addEventListener("click", async () => {
      const copied = this.#row !== null && (await copyText(textOf(this.#row)));
      const words = copied ? gettext("Copied") : gettext("Could not copy");
      button.setAttribute("aria-label", words);
      button.replaceChildren(icon(copied ? "check" : "x"));
      setTimeout(() => {
        button.setAttribute("aria-label", label);
        button.replaceChildren(icon(name));
      }, SHOWN);
    });
    return button;
  }
}
