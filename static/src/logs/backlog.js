const LIMIT = 8 * 1024 * 1024; // bytes

/**
 * What has come and is not shown yet: messages with lines, and notes that stand between them, in order.
 * When it is full the server is told to wait, so nothing needs to be thrown away.
 */
export class Backlog {
  #entries = [];
  #bytes = 0;
  lines = 0;

  push(entry) {
    this.#entries.push(entry);
    this.#bytes += entry.size ?? 0;
    this.lines += entry.lines ?? 0;
  }

  get isFull() {
    return this.#bytes >= LIMIT;
  }

  get isEmpty() {
    return this.#entries.length === 0;
  }

  /**
   * Takes the last `kept` lines and what stands between them. `skipped` are the entries before those; of the first of
   * `entries` so many lines are too many as `surplus` says.
   */
  take(kept) {
    const entries = this.#entries;
    let begin = entries.length;
    let surplus = -kept;
    while (begin > 0 && surplus < 0) surplus += entries[(begin -= 1)].lines ?? 1;
    this.clear();
    return { skipped: entries.slice(0, begin), entries: entries.slice(begin), surplus: Math.max(surplus, 0) };
  }

  clear() {
    this.#entries = [];
    this.#bytes = this.lines = 0;
  }
}
