// What was measured of a project's containers, as projects/consumers/stats.py sends it.

export const [AT, CPU, MEMORY, RECEIVED, SENT, READ, WRITTEN, LIMIT, ALL_RECEIVED, ALL_SENT, ALL_READ, ALL_WRITTEN, PROCESSES] =
  Array(13).keys();
const SPAN = 3600;
const STEP = 5;
const LONGEST_PAUSE = 15; // between two points; after more than this nothing was measured
const RECENT = 5; // seconds of which a line's end is the mean, as all its points are

/** The containers there are, with their points of the past and what is so now (null: not known). */
export class Samples {
  containers = [];
  #known = new Map();

  /** There are these containers now, and no others. */
  show(described) {
    const before = this.#known;
    this.#known = new Map(
      described.map((container) => {
        const { points = [], recent = [] } = before.get(container.id) ?? {};
        return [container.id, measured({ ...container, points }, container.running ? recent : [])];
      }),
    );
    this.containers = [...this.#known.values()];
  }

  take({ points, now }) {
    for (const container of this.containers) {
      container.points.push(...(points[container.id] ?? []));
      const newest = container.running ? now[container.id] : undefined;
      measured(container, newest ? [...container.recent, newest].slice(-RECENT) : []);
    }
    const oldest = this.latest - SPAN;
    for (const container of this.containers) {
      const kept = container.points.findIndex((point) => point[AT] >= oldest);
      if (kept > 0) container.points.splice(0, kept);
    }
  }

  /** Nothing is known of now: the engine does not answer. */
  rest() {
    for (const container of this.containers) measured(container, []);
  }

  /** The time of the newest measurement, 0 without any. */
  get latest() {
    return this.containers.reduce((latest, { points, now }) => Math.max(latest, now?.[AT] ?? points.at(-1)?.[AT] ?? 0), 0);
  }

  /** The time of the oldest point that is not before `from`, or undefined. */
  since(from) {
    const firsts = this.containers.map(({ points, now }) => (points.find((point) => point[AT] >= from) ?? now)?.[AT]);
    const known = firsts.filter((first) => first !== undefined && first !== null);
    return known.length ? Math.min(...known) : undefined;
  }

  /** What all containers use together now; null where none of them tells. */
  total() {
    const rows = this.containers.map(({ now }) => now).filter(Boolean);
    return rows.length ? Array.from({ length: PROCESSES + 1 }, (_, column) => sum(rows.map((row) => row[column]))) : null;
  }

  /**
   * The times of all measurements from `from` on, and a function that gives a container's values of one column at
   * these times. Where nothing was measured for a while there is a time without values: a line breaks there.
   */
  columns(from) {
    const latest = this.latest;
    const rows = new Map(this.containers.map((container) => [container.id, rowsOf(container, from, latest)]));
    const times = withPauses([...new Set([...rows.values()].flatMap((byTime) => [...byTime.keys()]))].sort((a, b) => a - b));
    const values = (id, column) => times.map((time) => rows.get(id)?.get(time)?.[column] ?? null);
    return { times, values };
  }
}

function measured(container, recent) {
  return Object.assign(container, { recent, now: recent.at(-1) ?? null });
}

/** A container's rows by time; its last seconds count for the newest time of all, however little they differ. */
function rowsOf({ points, recent }, from, latest) {
  const byTime = new Map(points.filter((point) => point[AT] >= from).map((point) => [point[AT], point]));
  if (recent.length) byTime.set(latest, meanOf(recent));
  return byTime;
}

function meanOf(rows) {
  return Array.from({ length: WRITTEN + 1 }, (_, column) => {
    const known = rows.map((row) => row[column]).filter((value) => value !== null);
    return known.length ? sum(known) / known.length : null;
  });
}

function withPauses(times) {
  return times.flatMap((time, index) => {
    const next = times[index + 1];
    return next - time > LONGEST_PAUSE ? [time, time + STEP] : [time];
  });
}

/** The sum of what is known of `values`, null where nothing is. */
export function sum(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length ? known.reduce((all, value) => all + value, 0) : null;
}

/**
 * Sums at each time of several lines, each with its `values` and with what was `there` at all. Where something was
 * measured but this value of it is not known, neither is the sum: it would fall for no reason.
 */
export function sums(lines) {
  const counted = lines.filter(({ values }) => values.some((value) => value !== null));
  const isUnknown = (index) => counted.some(({ values, there }) => there[index] !== null && values[index] === null);
  return (counted[0]?.values ?? []).map((_, index) => (isUnknown(index) ? null : sum(counted.map(({ values }) => values[index]))));
}
