// Where the events of a container stand among its lines.

const EARLY = 0.25; // seconds: the engine notes a start only after the program may have printed its first lines
const ENDED = new Set(["exited", "dead", "restarting"]);

/** Unix seconds as the stamp of a line, by which rows are sorted. */
export function stampOf(seconds) {
  return new Date(seconds * 1000).toISOString().replace("Z", "000000Z");
}

/** What happened to a container before the page looked, as events. */
export function historyOf({ state, exit_code, started_at: started, finished_at: finished }) {
  const events = [];
  if (started > 0) events.push({ type: "event", what: "running", at: started, finished_at: finished });
  if (ENDED.has(state) && finished > 0) events.push({ type: "event", what: state, exit_code, at: finished });
  return events;
}

/**
 * The stamp by which an event is sorted in: a start before the lines that follow it but after the exit before it, an
 * end after the container's last line (`last`, a stamp).
 */
export function eventPlace({ what, at, finished_at: finished }, last) {
  if (what === "running") return stampOf(finished > 0 && finished < at ? Math.max(at - EARLY, finished + 0.001) : at - EARLY);
  const stamp = stampOf(at);
  return ENDED.has(what) && stamp < last ? last : stamp;
}
