// The part of terminal output that means something in a list of lines: colours and weights (SGR). Everything else a
// terminal would obey (titles, clipboard, links, cursor movement) is taken out and never acted upon.

export const PLAIN = Object.freeze({});

const ESCAPE = new RegExp(
  [
    "\\u001b\\[([0-9:;]*)m", // SGR, the only group
    "\\u001b\\[[0-?]*[ -/]*[@-~]", // any other control sequence
    "\\u001b[\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\|$)", // OSC, DCS, SOS, PM, APC up to their end
    "\\u001b[ -/]*[0-~]?", // two-byte and charset escapes; a lone escape
    "\\u009b[0-?]*[ -/]*[@-~]", // the same control sequences in their eight-bit form
  ].join("|"),
  "g",
);

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Splits a line into `{text, style}`; `style` goes on from `before`. Returns `{segments, style}`. */
export function parseAnsi(line, before = PLAIN) {
  const text = lastOverprint(line);
  if (!text.includes("\u001b") && !text.includes("\u009b")) {
    return { segments: [{ text: visible(text), style: before }], style: before };
  }
  const segments = [];
  let style = before;
  let position = 0;
  for (const match of text.matchAll(ESCAPE)) {
    pushSegment(segments, text.slice(position, match.index), style);
    if (match[1] !== undefined) style = restyled(style, match[1]);
    position = match.index + match[0].length;
  }
  pushSegment(segments, text.slice(position), style);
  return { segments, style };
}

function pushSegment(segments, text, style) {
  if (text) segments.push({ text: visible(text), style });
}

/** A carriage return goes back to the line's beginning: what follows the last one is what a terminal shows. */
function lastOverprint(line) {
  const trimmed = line.replace(/\r+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

/** Control characters as their pictures (U+2400 …), so that binary output is harmless and still told apart. */
export function visible(text) {
  return text.replace(CONTROLS, (control) => {
    const code = control.charCodeAt(0);
    return code === 127 ? "\u2421" : String.fromCharCode(0x2400 + code);
  });
}

const FLAGS = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike" };
const CLEARED = { 22: ["bold", "dim"], 23: ["italic"], 24: ["underline"], 27: ["inverse"], 29: ["strike"] };

function restyled(before, parameters) {
  const codes = parameters.split(/[:;]/).map((code) => Number(code || 0));
  let style = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index];
    if (code === 0) style = {};
    else if (code === 38 || code === 48) {
      const { colour, used } = extendedColour(codes.slice(index + 1));
      style[code === 38 ? "fg" : "bg"] = colour;
      index += used;
    } else applyCode(style, code);
  }
  return style;
}

function applyCode(style, code) {
  if (FLAGS[code]) style[FLAGS[code]] = true;
  for (const flag of CLEARED[code] ?? []) delete style[flag];
  if (code === 39) delete style.fg;
  if (code === 49) delete style.bg;
  if (inRange(code, 30, 37)) style.fg = code - 30;
  if (inRange(code, 40, 47)) style.bg = code - 40;
  if (inRange(code, 90, 97)) style.fg = code - 82;
  if (inRange(code, 100, 107)) style.bg = code - 92;
}

function inRange(code, first, last) {
  return code >= first && code <= last;
}

/** A number below 16 is one of the theme's colours, otherwise `rgb(…)`. */
function extendedColour([mode, ...values]) {
  if (mode === 5) return { colour: indexedColour(byte(values[0])), used: 2 };
  if (mode === 2) return { colour: `rgb(${byte(values[0])}, ${byte(values[1])}, ${byte(values[2])})`, used: 4 };
  return { colour: undefined, used: 1 };
}

function byte(value) {
  return Math.min(255, Math.max(0, Number.isInteger(value) ? value : 0));
}

const STEPS = [0, 95, 135, 175, 215, 255];

function indexedColour(index) {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  const cube = index - 16;
  return `rgb(${STEPS[Math.floor(cube / 36)]}, ${STEPS[Math.floor(cube / 6) % 6]}, ${STEPS[cube % 6]})`;
}
