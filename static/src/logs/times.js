import { element } from "../page/elements.js";
import { locale } from "../page/texts.js";
import { preferences } from "./preferences.js";

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" };
const MOMENT = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

const formats = new Map(); // making one takes long

function formatted(stamp, pattern) {
  const moment = new Date(stamp);
  if (!stamp || Number.isNaN(moment.getTime())) return "";
  const { timeZone } = preferences;
  const key = `${pattern === CLOCK} ${timeZone}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale(), { ...pattern, timeZone }));
  return formats.get(key).format(moment);
}

/** A stamp as a date and a time, in the time zone that the reader prefers. */
export function momentWords(stamp) {
  return formatted(stamp, MOMENT);
}

/** The time of a row; the exact stamp is in its tooltip. */
export function timeOf(stamp) {
  const words = formatted(stamp, CLOCK);
  if (!words) return element("span", { className: "log-time" }, "");
  return element("time", { className: "log-time", dateTime: stamp, title: stamp }, `${words} `);
}

/** Tells all times inside `parent` anew, in another time zone. */
export function retell(parent) {
  for (const time of parent.querySelectorAll("time")) {
    time.textContent = `${formatted(time.dateTime, time.className === "log-time" ? CLOCK : MOMENT)} `;
  }
}
