import { getJson } from "../page/server.js";
import { gettext } from "../page/texts.js";
import { PLAIN } from "./ansi.js";
import { lineRow } from "./rows.js";
import { TraceFolder } from "./traces.js";

const NEAR = 400; // pixels from an end of what is shown: the next page is asked for
const REST = 1_000; // milliseconds after a page that could not be had

/**
 * The pages of stored lines before and after those that are shown. Once there is more than the list can hold, what is
 * shown is *detached* from the newest lines: those are left out until the reader has come down to them again.
 */
export class History {
  isDetached = false;
  #loading = false;
  #isAtBeginning = false;
  #depths = null; // container → how many lines follow the oldest that is shown; null: not known

  /** `viewer` has `rows`, `query`, `sourceFor`, `waitingLines`, `detach`, `attach` and `tellOlder`. */
  constructor(viewer, url) {
    this.viewer = viewer;
    this.url = url;
  }

  /** The list shows the newest lines again, or is empty. */
  reset() {
    this.isDetached = this.#isAtBeginning = false;
    this.#depths = null;
    this.viewer.tellOlder("");
  }

  scrolled() {
    const { rows } = this.viewer;
    if (rows.pixelsAbove < NEAR && !this.#isAtBeginning) this.#alone(() => this.#older());
    else if (this.isDetached && rows.pixelsBelow < NEAR) this.#alone(() => this.#newer());
  }

  /** Shows the lines around a moment, a stamp. */
  goTo(stamp) {
    return this.#alone(async () => {
      this.viewer.detach();
      this.viewer.rows.clear();
      this.isDetached = true;
      this.#isAtBeginning = false;
      this.#depths = new Map();
      const [older, newer] = await Promise.all([this.#page("older", [], stamp), this.#page("newer", [], stamp)]);
      this.viewer.rows.merge([...this.#rowsOf(older), ...this.#rowsOf(newer)], { keep: "end" });
      this.viewer.rows.scrollTo(stamp);
      this.#began(older);
      if (newer.last) this.#reattach();
    });
  }

  async #older() {
    this.viewer.tellOlder(gettext("Loading older lines…"));
    const { rows } = this.viewer;
    const lines = rows.lines;
    this.#depths ??= this.#counted(lines);
    const page = await this.#page("older", edgesOf(lines, this.#depths), lines[0]?.stamp);
    for (const [source] of page.lines) this.#deepen(page.sources[source].container);
    const dropped = rows.merge(this.#rowsOf(page), { keep: "start" });
    if (dropped > 0 && !this.isDetached) {
      this.isDetached = true;
      this.viewer.detach();
    }
    this.#began(page);
  }

  async #newer() {
    const { rows } = this.viewer;
    const lines = rows.lines;
    const page = await this.#page("newer", edgesOf(lines.reverse(), new Map()), lines[0]?.stamp);
    if (rows.merge(this.#rowsOf(page), { keep: "end" }) > 0) this.#isAtBeginning = false;
    if (page.last) this.#reattach();
  }

  #reattach() {
    this.isDetached = false;
    this.#depths = null;
    this.viewer.attach();
  }

  #began({ last, problems }) {
    this.#isAtBeginning = last;
    this.viewer.tellOlder(problems[0] ?? (last ? gettext("This is where the stored lines begin.") : ""));
  }

  async #alone(work) {
    if (this.#loading) return;
    this.#loading = true;
    try {
      await work();
    } catch {
      this.viewer.tellOlder(gettext("The stored lines could not be read; scroll to try again."));
      await new Promise((done) => setTimeout(done, REST));
    } finally {
      this.#loading = false;
    }
  }

  async #page(way, edges, at) {
    const query = new URLSearchParams([...this.viewer.query(), ["way", way], ...edges.map((edge) => ["edge", edge])]);
    if (at) query.set("at", at);
    const { ok, data } = await getJson(`${this.url}?${query}`);
    if (!ok) throw new Error("no page of lines");
    return data;
  }

  #rowsOf({ sources, lines }) {
    const styles = new Map();
    const traces = sources.map(() => new TraceFolder());
    return lines.map(([number, stream, stamp, text]) => {
      const source = this.viewer.sourceFor(sources[number]);
      const { row, style, plain } = lineRow(source, { stamp, stream, text }, styles.get(number) ?? PLAIN);
      styles.set(number, style);
      traces[number].place(row, plain, stream);
      return row;
    });
  }

  #counted(lines) {
    const counts = new Map();
    for (const { container } of lines) counts.set(container, (counts.get(container) ?? this.viewer.waitingLines) + 1);
    return counts;
  }

  #deepen(container) {
    const depth = this.#depths.get(container);
    if (depth) this.#depths.set(container, depth + 1);
  }
}

/** The edge of each container as projects/views/log_pages.py reads them; `lines` begin where the page is to end. */
export function edgesOf(lines, depths) {
  const edges = new Map();
  for (const { container, stamp } of lines) {
    const edge = edges.get(container);
    if (!edge) edges.set(container, { stamp, same: 1 });
    else if (edge.stamp === stamp) edge.same += 1;
  }
  return [...edges].map(([container, { stamp, same }]) => `${container}~${stamp}~${same}~${depths.get(container) ?? 0}`);
}
