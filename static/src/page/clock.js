import { elapsedText, relativeText } from "./duration.js";
import { locale } from "./texts.js";

const TICK = 100;
const RELATIVE_TICK = 15_000;
const loadedAt = performance.now();

/**
 * The server's clock in Unix seconds: its time when the page was made, carried on by a clock that never jumps.
 * A browser whose own clock is wrong thus still shows the right elapsed times.
 */
export function serverNow() {
  const stamp = Number(document.querySelector('meta[name="server-time"]')?.content);
  if (!stamp) return Date.now() / 1000;
  return stamp + (performance.now() - loadedAt) / 1000;
}

/** Writes the text only where it changed: an unchanged node costs no layout. */
function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function tickElapsed(root = document) {
  const now = serverNow();
  for (const element of root.querySelectorAll("[data-elapsed-since]")) {
    const until = Number(element.dataset.elapsedUntil) || now;
    show(element, elapsedText(until - Number(element.dataset.elapsedSince)));
  }
}

export function showTimes(root = document) {
  const now = serverNow();
  for (const element of root.querySelectorAll("time[data-relative]")) {
    const then = new Date(element.dateTime);
    if (Number.isNaN(then.getTime())) continue;
    show(element, relativeText(now - then.getTime() / 1000));
    if (!element.title) element.title = then.toLocaleString(locale());
  }
  for (const element of root.querySelectorAll("time[data-local]")) {
    const then = new Date(element.dateTime);
    if (Number.isNaN(then.getTime())) continue;
    show(element, new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(then));
  }
}

/** Shows elapsed times and moments as they are now. */
export function showAllTimes(root = document) {
  tickElapsed(root);
  showTimes(root);
}

function tickWhileVisible(work, period) {
  let timer;
  const run = () => {
    clearInterval(timer);
    if (document.hidden) return;
    work();
    timer = setInterval(work, period);
  };
  document.addEventListener("visibilitychange", run);
  run();
}

/** Shows all times at once, also those of fragments that arrive later. */
export function startClock() {
  const runningOnly = () => {
    if (document.querySelector("[data-elapsed-since]:not([data-elapsed-until])")) tickElapsed();
  };
  tickElapsed();
  tickWhileVisible(runningOnly, TICK);
  tickWhileVisible(showTimes, RELATIVE_TICK);
  for (const name of ["htmx:wsAfterMessage", "htmx:afterSettle"]) {
    document.addEventListener(name, () => showAllTimes());
  }
}
