// How serious a line says it is; projects/services/log_levels.py decides the same for searches. Both are held to one
// table of cases, tests/log_levels.json. A line that does not say so plainly is "unknown".

export const UNKNOWN = "unknown";
export const LEVELS = ["fatal", "error", "warning", "info", "debug", "trace", UNKNOWN];

const LONGEST_JSON = 64 * 1024; // characters
const LONGEST_HEAD = 100; // characters of plain text in which a level may stand

const NAMES = {
  fatal: "fatal critical crit panic emerg emergency alert dpanic",
  error: "error err severe eror fail",
  warning: "warning warn wrn",
  info: "info information informational inf notice log",
  debug: "debug dbg fine verbose",
  trace: "trace trc finer finest silly",
};
const BY_NAME = new Map(Object.entries(NAMES).flatMap(([level, names]) => names.split(" ").map((name) => [name, level])));
const TOO_COMMON = new Set(["log", "fine", "fail", "finer", "finest", "silly", "verbose", "alert", "notice"]);
const KEYS = ["level", "severity", "lvl", "loglevel", "log_level", "log.level", "levelname", "@l"];
const KLOG = { I: "info", W: "warning", E: "error", F: "fatal" };
const REDIS = { ".": "debug", "-": "debug", "*": "info", "#": "warning" };
const NUMBERS = { 10: "trace", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal" };

const KLOG_HEAD = /^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [^\s\]]+:\d+\]/;
const REDIS_HEAD = /^\d+:[XCSM] \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d+ ([.*#-]) /;
const LOGFMT = /(?:^|\s)(?:level|lvl|severity|loglevel)="?([A-Za-z]+)"?(?=\s|$)/;
const FIRST_WORD = /^([A-Za-z]{3,13}):\s/;
const BRACKETED = /[[<(]\s*([A-Za-z]{3,13})\s*[\]>)]/g;
const CAPITALS = /(?<![\w=/.-])([A-Z]{3,13})(?=[:\s\]|,]|$)(?! =)/g;
const PROSE = /[a-z]+ +[a-z]+ /;

/** One of `LEVELS` for a line without its escape sequences. */
export function levelOf(text) {
  if (text.startsWith("{")) return levelOfJson(text);
  const head = text.slice(0, LONGEST_HEAD);
  const klog = KLOG_HEAD.exec(head);
  if (klog) return KLOG[klog[1]];
  const redis = REDIS_HEAD.exec(head);
  if (redis) return REDIS[redis[1]];
  const logfmt = LOGFMT.exec(text.slice(0, LONGEST_HEAD * 10));
  if (logfmt) return BY_NAME.get(logfmt[1].toLowerCase()) ?? UNKNOWN;
  return levelOfWords(head);
}

function levelOfJson(text) {
  if (text.length > LONGEST_JSON) return UNKNOWN;
  try {
    const fields = JSON.parse(text);
    const found = KEYS.map((key) => (Object.hasOwn(fields, key) ? levelOfValue(fields[key]) : UNKNOWN));
    return found.find((level) => level !== UNKNOWN) ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

/** The numbers are those of Bunyan and Pino. */
function levelOfValue(value) {
  if (typeof value === "string") return BY_NAME.get(value.trim().toLowerCase()) ?? UNKNOWN;
  return typeof value === "number" ? (NUMBERS[value] ?? UNKNOWN) : UNKNOWN;
}

/** A word that stands alone in brackets, in capitals or before the first colon. */
function levelOfWords(head) {
  const first = FIRST_WORD.exec(head)?.[1];
  if (first && isLevel(first.toLowerCase(), first === first.toUpperCase())) return BY_NAME.get(first.toLowerCase());
  for (const found of [...head.matchAll(BRACKETED), ...head.matchAll(CAPITALS)]) {
    if (PROSE.test(head.slice(0, found.index))) continue;
    const name = found[1].toLowerCase();
    const after = head.charAt(found.index + found[0].length);
    if (isLevel(name, found[0] !== found[1] || after === ":")) return BY_NAME.get(name);
  }
  return UNKNOWN;
}

function isLevel(name, isPlain) {
  return BY_NAME.has(name) && (isPlain || !TOO_COMMON.has(name));
}
