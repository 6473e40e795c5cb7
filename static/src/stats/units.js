import { locale } from "../page/texts.js";

const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const UNKNOWN = "–";

/** A number of at most three digits that say something. */
function short(number, language) {
  const digits = number >= 100 || Number.isInteger(number) ? 0 : number >= 10 ? 1 : 2;
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(number);
}

function sized(bytes, base, units, language) {
  let [size, power] = [bytes, 0];
  while (size >= base && power < units.length - 1) [size, power] = [size / base, power + 1];
  return `${short(power ? size : Math.round(size), language)} ${units[power]}`;
}

/** "12.3 %" of one processor; what is not known is a dash, here as below. */
export function percent(value, language = locale()) {
  if (value === null || value === undefined) return UNKNOWN;
  const digits = value >= 100 ? 0 : value >= 1 ? 1 : 2;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} %`;
}

export function memorySize(bytes, language = locale()) {
  return bytes === null || bytes === undefined ? UNKNOWN : sized(bytes, 1024, BINARY, language);
}

export function dataSize(bytes, language = locale()) {
  return bytes === null || bytes === undefined ? UNKNOWN : sized(bytes, 1000, DECIMAL, language);
}

export function dataRate(bytes, language = locale()) {
  return bytes === null || bytes === undefined ? UNKNOWN : `${sized(bytes, 1000, DECIMAL, language)}/s`;
}
