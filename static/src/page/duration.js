import { locale } from "./texts.js";

/** Seconds as people read a stop watch: `0.4s`, `12.3s`, `2m 05s`, `1h 02m`; like the server's own. */
export function elapsedText(seconds) {
  if (!(seconds > 0)) return "0.0s";
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86400)}d ${pad(Math.floor((whole % 86400) / 3600))}h`;
}

function pad(number) {
  return String(number).padStart(2, "0");
}

const STEPS = [
  ["minute", 60],
  ["hour", 3600],
  ["day", 86400],
  ["week", 604800],
  ["month", 2629800],
  ["year", 31557600],
];

/** "3 minutes ago", "yesterday", in the page's language; `seconds` counts from then to now. */
export function relativeText(seconds, language = locale()) {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (Math.abs(seconds) < 45) return format.format(0, "second");
  let [unit, size] = STEPS[0];
  for (const step of STEPS) if (Math.abs(seconds) >= step[1] * 0.95) [unit, size] = step;
  return format.format(-Math.round(seconds / size), unit);
}

/** How long until `relativeText` can change, in milliseconds. */
export function relativeRefresh(seconds) {
  if (Math.abs(seconds) < 3600) return 15_000;
  return 300_000;
}
