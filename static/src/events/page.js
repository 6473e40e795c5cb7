import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { remember, remembered } from "../page/remembered.js";
import { JsonSocket } from "../page/socket.js";
import { fill, gettext, locale, ngettext } from "../page/texts.js";
import { EventRows } from "./rows.js";

const ICONS = { container: "container", health: "heart-rate-monitor", network: "network", volume: "database", image: "photo" };
const LOOKS = { good: "state-ok", bad: "state-bad", plain: "state-quiet" };

function key(topic) {
  return `events-${topic}`;
}

function when(at) {
  const moment = new Date(at * 1000);
  const shown = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  return element("time", { dateTime: moment.toISOString(), title: moment.toLocaleString(locale()) }, shown.format(moment));
}

/** A row of the table; every text of it is the engine's and stays text. */
function rowOf({ at, topic, weight, words, service, container }) {
  const label = (text, ...children) => element("td", { dataset: { label: text } }, ...children);
  const what = element("span", { className: `state ${LOOKS[weight] ?? LOOKS.plain}` }, icon(ICONS[topic] ?? "history"), element("span", {}, words));
  return element(
    "tr",
    { dataset: { topic } },
    element("td", { className: "short" }, when(at)),
    element("td", {}, what),
    label(gettext("Service"), ...(service ? [element("span", { className: "mono" }, service)] : [])),
    label(gettext("Container"), ...(container ? [element("span", { className: "mono" }, container)] : [])),
  );
}

/** The live list: `root` is templates/projects/events.html's `[data-events]`. */
export class EventsPage {
  #isTold = false;

  constructor(root) {
    this.root = root;
    this.#buttons = [...root.querySelectorAll("[data-topic]")];
    for (const button of this.#buttons) this.#watch(button);
    this.#rows = new EventRows(root.querySelector("tbody"), rowOf);
    this.#choose();
    this.#socket = new JsonSocket(root.dataset.events, { onMessage: (message) => this.#take(message), onOpen: () => this.#begin() });
  }

  #buttons;
  #rows;
  #socket;

  #watch(button) {
    button.setAttribute("aria-pressed", String(remembered(key(button.dataset.topic), true)));
    button.addEventListener("click", () => {
      const wanted = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(wanted));
      remember(key(button.dataset.topic), wanted);
      this.#choose();
      this.#tell();
    });
  }

  #choose() {
    const wanted = this.#buttons.filter((button) => button.getAttribute("aria-pressed") === "true");
    this.#rows.choose(new Set(wanted.map((button) => button.dataset.topic)));
  }

  /** The server sends the last hour anew. */
  #begin() {
    this.#rows.clear();
  }

  #take(message) {
    if (message.type !== "events") return;
    this.#rows.add(message.events);
    this.#socket.send({ ack: message.n });
    this.#isTold = true;
    this.#tell();
  }

  #tell() {
    if (!this.#isTold) return;
    const { shown, all } = this.#rows;
    this.root.querySelector("[data-events-table]").hidden = shown === 0;
    this.root.querySelector("[data-events-empty]").hidden = shown > 0;
    this.root.querySelector("[data-events-none]").textContent = all
      ? gettext("No event of the kinds that are chosen.")
      : gettext("Nothing happened in the last hour. What happens now appears here.");
    const words = ngettext("%(count)s event.", "%(count)s events.", shown);
    this.root.querySelector("[data-events-count]").textContent = shown ? fill(words, { count: shown }) : "";
  }
}
