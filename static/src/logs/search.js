import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { fill, formatNumber, gettext } from "../page/texts.js";
import { choice, levelChoice } from "./choices.js";
import { HitList, reachedWords } from "./hits.js";
import { Searching, searchQuery } from "./searching.js";

const NOTHING = { back_to: "", lines: 0, long_lines: 0, reason: null, stopped: false };

/** The search over all that is stored: a form under the toolbar, and what was found between it and the live lines. */
export class LogSearch {
  #searching = null;
  #sources = new Map();
  #asked = "";
  #count = 0;
  #shown = 0;
  #reached = NOTHING;
  #running = false;
  #problems = new Set();

  constructor(viewer, toggle) {
    this.viewer = viewer;
    this.toggle = toggle;
    this.#build();
    toggle.addEventListener("click", () => (this.form.hidden ? this.open() : this.close()));
    toggle.setAttribute("aria-expanded", "false");
  }

  #build() {
    const field = (label, name) => {
      const input = element("input", { type: "search", name, className: "form-control", maxLength: 500, placeholder: label, autocomplete: "off", spellcheck: false });
      input.setAttribute("aria-label", label);
      return input;
    };
    this.find = field(gettext('Find: words or "a phrase"'), "find");
    this.without = field(gettext("But not"), "without");
    this.regex = switchButton(".*", gettext("Regular expression"));
    this.caseSensitive = switchButton("Aa", gettext("Capital letters count"));
    this.level = levelChoice();
    this.stream = choice(gettext("Output"), [["", gettext("Both outputs")], ["stdout", "stdout"], ["stderr", "stderr"]]);
    this.submit = element("button", { type: "submit", className: "btn btn-primary btn-sm" });
    this.form = element("form", { className: "log-search", hidden: true, noValidate: true, attributes: { role: "search", "aria-label": gettext("Search all stored lines") } });
    this.form.append(this.find, this.without, this.regex, this.caseSensitive, this.level, this.stream, this.submit, this.#iconButton("x", gettext("Close the search"), () => this.close()));
    this.form.addEventListener("submit", (event) => this.#submitted(event));
    for (const kind of ["input", "click"]) this.form.addEventListener(kind, () => this.#showState());
    this.form.addEventListener("keydown", (event) => this.#pressed(event));
    this.#buildResults();
    this.#showState();
  }

  #buildResults() {
    this.status = element("p", { className: "log-search-status", attributes: { role: "status" } });
    this.problem = element("p", { className: "log-problem", hidden: true, attributes: { role: "alert" } });
    this.place = element("span", { className: "log-search-place" });
    this.further = element("button", { type: "button", className: "btn btn-sm", hidden: true }, gettext("Search further back"));
    this.further.addEventListener("click", () => this.#more());
    const list = element("div", { className: "log-hits", tabIndex: 0, attributes: { role: "list", "aria-label": gettext("Matches") } });
    list.addEventListener("keydown", (event) => this.#pressed(event));
    this.hits = new HitList(list, { onContext: (source, stamp) => this.#context(source, stamp) });
    this.hits.onSelect = () => this.#showState();
    this.download = element("a", { className: "btn btn-sm", hidden: true, download: "" }, gettext("Download all matches"));
    this.steps = element("div", { className: "log-search-steps" },
      this.place,
      this.#iconButton("chevron-up", gettext("Previous match"), () => this.hits.step(-1)),
      this.#iconButton("chevron-down", gettext("Next match"), () => this.hits.step(1)),
    );
    this.results = element("section", { className: "log-results", hidden: true, attributes: { "aria-label": gettext("Search results") } },
      element("div", { className: "log-search-bar" }, this.status, this.further, this.download, this.steps), this.problem, list);
  }

  #iconButton(name, label, onClick) {
    const button = element("button", { type: "button", className: "btn btn-quiet btn-sm log-tool", title: label }, icon(name));
    button.setAttribute("aria-label", label);
    button.addEventListener("click", onClick);
    return button;
  }

  open() {
    this.form.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    this.find.focus();
  }

  close() {
    this.#end();
    this.#asked = "";
    this.form.hidden = this.results.hidden = true;
    this.hits.clear();
    this.toggle.setAttribute("aria-expanded", "false");
    this.toggle.focus();
  }

  #pressed(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target.matches("input, .log-hits") && this.#isAnswered()) {
      event.preventDefault();
      this.hits.step(event.shiftKey ? -1 : 1);
    }
  }

  /** Whether what the form asks for is what is shown: then Enter goes on to the next match. */
  #isAnswered() {
    return this.#asked === String(this.#query()) && this.#shown > 0;
  }

  /** Whether the search that runs is the one the form asks for: then the button stops it. */
  #isAskedNow() {
    return this.#running && this.#asked === String(this.#query());
  }

  #query() {
    return searchQuery({
      find: this.find.value.trim(),
      without: this.without.value.trim(),
      regex: isOn(this.regex),
      caseSensitive: isOn(this.caseSensitive),
      levels: this.level.value.split(" ").filter(Boolean),
      stream: this.stream.value,
      services: this.viewer.chosen,
    });
  }

  #submitted(event) {
    event.preventDefault();
    if (this.#isAskedNow()) return this.#stop();
    const query = this.#query();
    this.#end();
    this.#asked = String(query);
    this.#sources.clear();
    this.#problems.clear();
    this.#count = 0;
    this.#begin();
    this.#searching = new Searching(`${this.viewer.root.dataset.url}search/`, query, {
      onMessage: (message) => this.#told(message),
      onLost: () => this.#lost(),
    });
  }

  #begin() {
    this.hits.clear();
    this.#shown = 0;
    this.#reached = { ...NOTHING, lines: this.#count > 0 ? this.#reached.lines : 0 };
    this.#running = true;
    this.results.hidden = false;
    this.#showState();
  }

  #more() {
    if (!this.#searching?.isOpen) return this.#lost();
    this.#begin();
    this.#searching.more();
  }

  #stop() {
    this.#end();
    this.#reached = { ...this.#reached, stopped: true };
    this.#showState();
  }

  #end() {
    this.#searching?.close();
    this.#searching = null;
    this.#running = false;
  }

  #lost() {
    this.#end();
    this.#reached = { ...this.#reached, stopped: true };
    this.#problems.add(gettext("The connection was lost. Search again."));
    this.#showState();
  }

  #told(message) {
    const { type, source } = message;
    if (type === "source") this.#sources.set(source, this.#sourceOf(message));
    else if (type === "hits") this.#found(message);
    else if (type === "reached") this.#came(message);
    else if (type === "problem") this.#failed(message);
    else if (type === "around") this.hits.showContext(this.#sources.get(source), message.stamp, message.lines);
    this.#showState();
  }

  #sourceOf({ source, name, service }) {
    return { number: source, name, service, series: this.viewer.colours.of(service) };
  }

  #found({ source, hits }) {
    this.#count += hits.length;
    this.#shown += hits.length;
    this.hits.add(this.#sources.get(source), hits);
  }

  #came(message) {
    this.#reached = { ...message, stopped: false };
    if (message.reason) this.#running = false;
  }

  #failed({ source, text }) {
    const name = this.#sources.get(source)?.name;
    this.#problems.add(name ? `${name}: ${text}` : text);
    if (source === undefined) this.#end();
  }

  #context(source, stamp) {
    if (this.#searching?.isOpen) this.#searching.around(source.number, stamp);
    else this.#lost();
  }

  #showState() {
    const { reason } = this.#reached;
    this.submit.textContent = this.#isAskedNow() ? gettext("Stop") : gettext("Search");
    this.status.textContent = reachedWords({ ...this.#reached, count: this.#count });
    this.results.toggleAttribute("data-running", this.#running);
    this.further.hidden = this.#running || !this.#searching || !reason || reason === "all";
    this.steps.hidden = this.download.hidden = this.#shown === 0;
    this.download.href = `${this.viewer.root.dataset.downloadUrl}?${this.#asked}`;
    const { place } = this.hits;
    const first = this.#count - this.#shown;
    this.place.textContent = place > 0 ? fill(gettext("%(place)s of %(count)s"), { place: formatNumber(first + place), count: formatNumber(this.#count) }) : "";
    this.problem.hidden = this.#problems.size === 0;
    this.problem.textContent = [...this.#problems].join(" ");
  }
}

function switchButton(text, label) {
  const button = element("button", { type: "button", className: "btn btn-quiet btn-sm log-tool log-switch", title: label }, text);
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => button.setAttribute("aria-pressed", String(!isOn(button))));
  return button;
}

function isOn(button) {
  return button.getAttribute("aria-pressed") === "true";
}
