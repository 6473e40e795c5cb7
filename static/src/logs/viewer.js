import { gettext } from "../page/texts.js";
import { PLAIN } from "./ansi.js";
import { Backlog } from "./backlog.js";
import { ServiceColours } from "./colours.js";
import { Feed } from "./feed.js";
import { LineAssembler } from "./lines.js";
import { FLOOD_LINES, FLOOD_ROWS, MOST_ROWS, RowList } from "./list.js";
import { eventPlace, historyOf, stampOf } from "./events.js";
import { preferences } from "./preferences.js";
import { eventWords, gapWords, lineRow, newLinesWords, noteRow, redraw } from "./rows.js";
import { History } from "./history.js";
import { RowTools } from "./row_tools.js";
import { retell } from "./times.js";
import { buildToolbar } from "./toolbar.js";
import { TraceFolder } from "./traces.js";

const HIDDEN_FLUSH = 250; // milliseconds: a page in the background paints no frames
const LONGEST_REST = 250;
const FRAME = 16;

/** The log viewer inside `root` (see the attributes in templates/includes/logs.html). */
export class LogViewer {
  #sources = new Map();
  #lastStamps = new Map();
  #toldAlready = new Set(); // events that come again with a new connection
  #backlog = new Backlog();
  #waiting = [];
  #flushing = false;
  #rest = 0;
  #paused = false;
  #following = true;
  #ready = false;
  #nameWidth = 0;

  constructor(root) {
    this.root = root;
    this.services = (root.dataset.services ?? "").split(",").filter(Boolean);
    this.chosen = new Set(root.dataset.service ? [root.dataset.service] : []);
    this.colours = new ServiceColours(this.services);
    this.parts = buildToolbar(this);
    this.rows = new RowList(this.parts.list);
    this.history = new History(this, root.dataset.pageUrl);
    this.rowTools = new RowTools(this);
    this.parts.list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.parts.pill.addEventListener("click", () => this.resume());
    preferences.addEventListener("change", ({ detail }) => this.#preferred(detail));
    if (root.dataset.at) this.goTo(root.dataset.at);
    else this.#connect();
  }

  #preferred(name) {
    if (name === "zone") retell(this.root);
    if (name === "json" || name === "fields") for (const row of this.parts.list.children) redraw(row);
    if (!this.isHeld) this.rows.scrollToEnd();
  }

  #connect() {
    this.feed = new Feed({
      url: this.root.dataset.url,
      query: () => this.query(),
      since: () => this.#since(),
      onMessage: (message) => this.#told(message),
      onLines: (message) => this.#arrived({ ...message, of: this.#sources.get(message.source) }),
      onOpen: () => this.#reopened(),
    });
  }

  /** Which services are shown, as a query. */
  query() {
    return [...this.chosen].map((service) => ["service", service]);
  }

  /** A little before the last line: what comes again is left out by its stamp. */
  #since() {
    const last = [...this.#lastStamps.values()].sort().at(-1);
    return last ? String((Date.parse(last) - 2_000) / 1000) : "";
  }

  #reopened() {
    this.#sources.clear();
    this.#ready = false;
    this.rows.settle();
  }

  #told(message) {
    const source = this.#sources.get(message.source);
    if (message.type === "source") this.#joined(message);
    else if (message.type === "ready") this.#ready = true;
    else if (message.type === "engine") this.#engine(message);
    else this.#arrived({ note: message, of: source });
    this.#showEmptiness();
  }

  #joined(message) {
    const { source, container, name, service } = message;
    const series = this.colours.of(service);
    const of = { id: container, name, service, series, lines: new LineAssembler(), traces: new TraceFolder(), style: PLAIN };
    this.#sources.set(source, of);
    this.rows.settle();
    for (const note of historyOf(message)) this.#arrived({ note, of });
    this.#makeRoomFor(name);
    this.parts.showService(service, series);
  }

  #makeRoomFor(name) {
    this.#nameWidth = Math.max(this.#nameWidth, name.length);
    this.parts.list.style.setProperty("--log-name-width", `${this.#nameWidth}ch`);
  }

  /** The container of a stored line, as rows show it. */
  sourceFor({ container, name, service }) {
    this.#makeRoomFor(name);
    return { id: container, name, series: this.colours.of(service) };
  }

  /** How many lines have come and are not shown. */
  get waitingLines() {
    return this.#backlog.lines;
  }

  tellOlder(words) {
    this.parts.older.textContent = words;
    this.parts.older.hidden = !words;
  }

  /** Leaves the newest lines: others are shown. */
  detach() {
    this.feed?.close();
    this.#following = false;
    this.#forgetWaiting();
    this.#showPill();
  }

  /** Goes on with what comes after the lines that are shown. */
  attach() {
    const stamps = this.rows.lines.map(({ container, stamp }) => [container, stamp]);
    this.#lastStamps = new Map(stamps);
    this.#toldAlready = new Set([...this.parts.list.children].map((row) => row.told).filter(Boolean));
    this.#connect();
    this.#showEmptiness();
  }

  /** Shows the lines around a moment, a stamp. */
  async goTo(stamp) {
    await this.history.goTo(stamp);
    this.#ready = true;
    this.#showPill();
    this.#showEmptiness();
  }

  #engine({ available, text }) {
    this.parts.problem.hidden = available;
    this.parts.problem.textContent = text || gettext("The Docker engine does not answer.");
  }

  #arrived(entry) {
    this.#backlog.push(entry);
    if (entry.size) this.#acknowledge(entry);
    if (this.isHeld) this.#showPill();
    else this.#flushSoon();
  }

  /** Messages are put aside up to a limit; then the server waits until something was shown, and nothing is lost. */
  #acknowledge(entry) {
    if (this.#backlog.isFull) this.#waiting.push(entry);
    else this.feed.done(entry);
  }

  #flushSoon() {
    if (this.#flushing) return;
    this.#flushing = true;
    if (document.hidden) setTimeout(() => this.#flush(), HIDDEN_FLUSH);
    else if (this.#rest < FRAME) requestAnimationFrame(() => this.#flush());
    else setTimeout(() => requestAnimationFrame(() => this.#flush()), this.#rest);
  }

  #flush() {
    this.#flushing = false;
    if (this.isHeld) return this.#showPill();
    const began = performance.now();
    const isFlood = this.#backlog.lines > FLOOD_LINES;
    const { skipped, entries, surplus } = this.#backlog.take(isFlood ? FLOOD_ROWS : MOST_ROWS);
    for (const entry of skipped) this.#skip(entry);
    const rows = entries.flatMap((entry, index) => this.#rowsOf(entry, index === 0 ? surplus : 0));
    this.rows.add(rows, { instead: isFlood });
    for (const entry of this.#waiting.splice(0)) this.feed.done(entry);
    this.#showPill();
    this.#showEmptiness();
    // A flood takes a quarter of the page's time at most, so that the page stays usable.
    this.#rest = isFlood ? LONGEST_REST : Math.min((performance.now() - began) * 3, LONGEST_REST);
  }

  /** Lines that later ones would push out of the list at once: only their end matters. */
  #skip({ of }) {
    of?.lines.reset();
  }

  #rowsOf({ of, note, frames }, surplus) {
    if (note) return this.#noteRows(note, of);
    if (!of) return [];
    const rows = [];
    const last = this.#lastStamps.get(of.id) ?? "";
    let newest = last;
    of.lines.feed(frames, (line) => {
      if (line.stamp && line.stamp <= last) return; // shown before the connection was lost
      newest = line.stamp || newest;
      const { row, style, plain } = lineRow(of, line, of.style);
      of.style = style;
      of.traces.place(row, plain, line.stream);
      rows.push(row);
    }, surplus);
    this.#lastStamps.set(of.id, newest);
    return rows;
  }

  #noteRows(note, source) {
    if (note.type === "gap") {
      source?.lines.reset();
      return [noteRow(source, gapWords(note.lines), "gap")];
    }
    if (note.type === "problem") return [noteRow(source, note.text, "problem")];
    const key = `${source?.id} ${note.what} ${note.at}`;
    if (!source || this.#toldAlready.has(key)) return [];
    this.#toldAlready.add(key);
    const placed = eventPlace(note, this.#lastStamps.get(source.id) ?? "");
    return [Object.assign(noteRow(source, eventWords(note), "event", { at: stampOf(note.at), placed }), { told: key })];
  }

  get isHeld() {
    return this.#paused || !this.#following || this.history.isDetached;
  }

  get isPaused() {
    return this.#paused;
  }

  #scrolled() {
    this.rowTools.stay();
    if (!this.history.isDetached) this.#followOrNot();
    if (!this.#following) this.history.scrolled();
  }

  #followOrNot() {
    const following = this.#following ? !this.rows.isLeft : this.rows.isAtEnd;
    if (following === this.#following) return;
    this.#following = following;
    if (!this.isHeld) this.#flushSoon();
    this.#showPill();
  }

  pause() {
    this.#paused = true;
    this.#showPill();
  }

  /** Shows what has come meanwhile and follows again. */
  resume() {
    this.#paused = false;
    this.#following = true;
    this.parts.showPaused(false);
    if (this.history.isDetached) return this.choose(this.chosen);
    this.rows.scrollToEnd();
    this.#flush();
  }

  clear() {
    this.rows.clear();
    this.history.reset();
    this.#forgetWaiting();
    this.#showPill();
    this.#showEmptiness();
  }

  #forgetWaiting() {
    this.#backlog.clear();
    for (const entry of this.#waiting.splice(0)) this.feed.done(entry);
  }

  /** Shows lines of these levels only (blanks in between; empty: all); the others stay, hidden. */
  showLevels(levels) {
    if (levels) this.root.dataset.levels = levels;
    else delete this.root.dataset.levels;
    if (!this.isHeld) this.rows.scrollToEnd();
    this.#showEmptiness();
  }

  /** Shows these services only; none means all. The server sends their last lines anew. */
  choose(services) {
    this.chosen = services;
    this.feed?.close();
    this.#following = true;
    this.#lastStamps.clear();
    this.#toldAlready.clear();
    this.#sources.clear();
    this.clear();
    this.#connect();
  }

  #showPill() {
    const waiting = this.isHeld && !this.#backlog.isEmpty;
    this.parts.pill.hidden = !(waiting || (this.isHeld && !this.#paused));
    const lines = this.#backlog.lines;
    this.parts.pillText.textContent = lines > 0 ? newLinesWords(lines) : gettext("Back to the newest lines");
  }

  #showEmptiness() {
    const { empty, list } = this.parts;
    empty.hidden = !this.#ready || this.#hasRowsToShow();
    empty.textContent = list.childElementCount > 0 ? noneOfLevelWords() : emptyWords(this.#sources.size > 0);
  }

  #hasRowsToShow() {
    const { levels } = this.root.dataset;
    if (!levels) return this.parts.list.childElementCount > 0;
    const wanted = levels.split(" ").map((level) => `.log-row[data-level="${level}"]`);
    return this.parts.list.querySelector([".log-note", ...wanted].join()) !== null;
  }
}

function noneOfLevelWords() {
  return gettext("None of the lines here is of this level. The search looks through all that is stored.");
}

function emptyWords(hasContainers) {
  if (hasContainers) return gettext("No output yet.");
  return gettext("No containers yet: their output appears here as soon as they start.");
}
