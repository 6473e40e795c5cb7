// Counts of lines by time and level: put together to as many bars as fit.

export const SLOT_SECONDS = 10;
const FEWEST = 24; // bars: of a short time its past is shown too, empty
const STEPS = [10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 604800, 2592000];
const KINDS = { fatal: "bad", error: "bad", warning: "warn" };

/** The counts; `begin` of a slot is in Unix seconds. */
export class Slots {
  #counts = new Map(); // begin → {bad, warn, rest}

  add(slots) {
    for (const [begin, level, lines] of slots) {
      const counts = this.#counts.get(begin) ?? { bad: 0, warn: 0, rest: 0 };
      counts[KINDS[level] ?? "rest"] += lines;
      this.#counts.set(begin, counts);
    }
  }

  get isEmpty() {
    return this.#counts.size === 0;
  }

  /** From the first slot's begin to the last one's end. */
  get span() {
    let [from, to] = [Infinity, -Infinity];
    for (const begin of this.#counts.keys()) {
      if (begin < from) from = begin;
      if (begin > to) to = begin;
    }
    return { from, to: to + SLOT_SECONDS };
  }

  /** At most `most` bars from `from` to `to`, each with `begin`, `end`, `bad`, `warn` and `rest`. */
  bars({ from, to }, most) {
    const step = STEPS.find((each) => (to - from) / each <= most - 1) ?? Math.ceil((to - from) / most);
    const last = Math.ceil(to / step) * step;
    const count = Math.max((last - Math.floor(from / step) * step) / step, Math.min(FEWEST, most));
    const first = last - count * step;
    const bars = Array.from({ length: count }, (_, index) => ({ begin: first + index * step, end: first + (index + 1) * step, bad: 0, warn: 0, rest: 0 }));
    for (const [begin, counts] of this.#counts) {
      const bar = bars[Math.floor((begin - first) / step)];
      if (!bar) continue;
      for (const kind of ["bad", "warn", "rest"]) bar[kind] += counts[kind];
    }
    return bars;
  }
}
