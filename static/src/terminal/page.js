import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { remember, remembered } from "../page/remembered.js";
import { fill, gettext } from "../page/texts.js";
import { allowStyles, onColours } from "./look.js";
import { TerminalSession } from "./session.js";

const READER = "terminal-screen-reader";
const KEYS = { escape: "\x1b", tab: "\t", interrupt: "\x03", end: "\x04", up: "\x1b[A", down: "\x1b[B" };

/** The page of the terminals: a form that opens one, and a tab for each that is open. */
export class TerminalPage {
  #tabs = new Map(); // TerminalSession → {tab, panel, notice}
  #shown;
  #count = 0;

  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-terminal-${name}]`);
    allowStyles();
    this.part("form").addEventListener("submit", (event) => this.#asked(event));
    this.part("tabs").addEventListener("keydown", (event) => this.#walk(event));
    this.part("keys").addEventListener("click", (event) => this.#pressed(event.target.closest("[data-key]")));
    const reader = this.part("reader");
    reader.checked = remembered(READER, false);
    reader.addEventListener("change", () => this.#read(reader.checked));
    onColours(() => this.#sessions.forEach((session) => session.paint()));
    for (const open of JSON.parse(root.dataset.sessions)) this.#open(open);
    this.#openWanted();
  }

  get #sessions() {
    return [...this.#tabs.keys()];
  }

  /** A link from a service names the container; going back to the page later does not open another. */
  #openWanted() {
    const { container } = this.part("form").elements;
    const wanted = this.root.dataset.wanted;
    if (!wanted || container.disabled || container.value !== wanted) return;
    history.replaceState(null, "", location.pathname);
    if (!this.#sessions.some((session) => session.asked.container === wanted)) this.#open({ container: wanted, command: "", user: "" });
  }

  #asked(event) {
    event.preventDefault();
    const { container, command, user } = Object.fromEntries(new FormData(event.target));
    const attached = event.submitter?.name === "attached";
    this.#open(attached ? { container, command: "", user: "", attached } : { container, command, user });
  }

  #open(asked) {
    this.part("tabs").hidden = this.part("foot").hidden = false;
    this.part("empty").hidden = true;
    const id = `terminal-${++this.#count}`;
    const panel = element("div", { className: "terminal-panel", id, attributes: { role: "tabpanel", "aria-labelledby": `${id}-tab` } });
    const screen = element("div", { className: "terminal-screen" });
    const notice = element("div", { className: "terminal-notice", hidden: true, attributes: { role: "status" } });
    panel.append(notice, screen);
    this.part("panels").append(panel);
    for (const each of this.#tabs.values()) each.panel.hidden = true;
    const session = new TerminalSession({
      url: this.root.dataset.url,
      asked,
      panel: screen,
      screenReader: this.part("reader").checked,
      onChange: () => this.#changed(session),
      onLeave: () => this.#tabs.get(session).name.focus(),
    });
    this.#tabs.set(session, { panel, notice, ...this.#tab(id, session) });
    this.#show(session);
  }

  #tab(id, session) {
    const name = element("button", { type: "button", className: "terminal-tab-name mono", id: `${id}-tab`, attributes: { role: "tab", "aria-controls": id } }, session.title);
    name.addEventListener("click", () => this.#show(session));
    const close = element("button", { type: "button", className: "btn btn-quiet btn-icon-only", attributes: { "aria-label": fill(gettext("Close %(name)s"), { name: session.title }) } }, icon("x"));
    close.addEventListener("click", () => this.#close(session));
    const tab = element("div", { className: "terminal-tab", attributes: { role: "presentation" } }, name, close);
    this.part("tabs").append(tab);
    return { tab, name };
  }

  #show(session) {
    this.#shown = session;
    for (const [each, { name, panel, tab }] of this.#tabs) {
      const isShown = each === session;
      panel.hidden = !isShown;
      name.setAttribute("aria-selected", String(isShown));
      name.tabIndex = isShown ? 0 : -1;
      tab.classList.toggle("terminal-tab-shown", isShown);
    }
    session.fit();
    session.focus();
  }

  #close(session) {
    const { panel, tab } = this.#tabs.get(session);
    this.#tabs.delete(session);
    session.close();
    panel.remove();
    tab.remove();
    const next = this.#sessions.at(-1);
    if (next) return this.#show(next);
    this.part("tabs").hidden = this.part("foot").hidden = true;
    this.part("empty").hidden = false;
    this.part("form").elements.container.focus();
  }

  #changed(session) {
    const parts = this.#tabs.get(session);
    if (!parts) return;
    parts.name.textContent = session.title;
    parts.tab.classList.toggle("terminal-tab-over", session.state !== "open");
    parts.notice.hidden = !["taken", "failed"].includes(session.state);
    parts.notice.replaceChildren(...this.#told(session));
  }

  #told(session) {
    if (session.state === "failed") return [element("span", { className: "state-bad" }, session.problem)];
    if (session.state !== "taken") return [];
    const back = element("button", { type: "button", className: "btn btn-sm" }, gettext("Show it here"));
    back.addEventListener("click", () => session.comeBack());
    return [element("span", {}, gettext("This terminal is shown in another window now.")), back];
  }

  #walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !event.target.matches("[role=tab]")) return;
    const sessions = this.#sessions;
    const next = sessions[(sessions.indexOf(this.#shown) + step + sessions.length) % sessions.length];
    this.#show(next);
    this.#tabs.get(next).name.focus();
  }

  #pressed(button) {
    if (!button) return;
    this.#shown?.type(KEYS[button.dataset.key]);
    this.#shown?.focus();
  }

  #read(isOn) {
    remember(READER, isOn);
    for (const session of this.#sessions) session.terminal.options.screenReaderMode = isOn;
  }
}
