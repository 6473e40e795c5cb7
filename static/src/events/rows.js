export const MOST_ROWS = 500;

/** The rows of a table body, the newest first and at most `MOST_ROWS` of them; `make` makes the row of an event. */
export class EventRows {
  #events = []; // the newest first, each with its row once it was shown
  #wanted = new Set();

  constructor(body, make) {
    Object.assign(this, { body, make });
  }

  /** How many there are, of which kind ever. */
  get all() {
    return this.#events.length;
  }

  get shown() {
    return this.#shown().length;
  }

  clear() {
    this.#events = [];
    this.#draw();
  }

  /** Shows these kinds and no others. */
  choose(topics) {
    this.#wanted = topics;
    this.#draw();
  }

  add(events) {
    if (!events.length) return;
    // Stable: events of one moment stay in the order in which they came, the later one above.
    this.#events = [...events].reverse().concat(this.#events).sort((one, other) => other.at - one.at).slice(0, MOST_ROWS);
    this.#draw();
  }

  #shown() {
    return this.#events.filter(({ topic }) => this.#wanted.has(topic));
  }

  /** Leaves the rows that stay where they are. */
  #draw() {
    const rows = this.#shown().map((event) => (event.row ??= this.make(event)));
    const kept = new Set(rows);
    for (const row of [...this.body.children]) if (!kept.has(row)) row.remove();
    rows.forEach((row, index) => {
      if (this.body.children[index] !== row) this.body.insertBefore(row, this.body.children[index] ?? null);
    });
  }
}
