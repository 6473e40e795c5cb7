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

  /** Takes everything; `skip` is how many entries at the beginning hold only lines that `keep` later ones push out. */
  take(keep) {
    const entries = this.#entries;
    let skip = entries.length;
    for (let kept = 0; skip > 0 && kept < keep; skip -= 1) kept += entries[skip - 1].lines ?? 1;
    this.clear();
    return { entries, skip };
  }

  clear() {
    this.#entries = [];
    this.#bytes = this.lines = 0;
  }
}
