import { eachFrame } from "./wire.js";

export const STAMP = 30; // 2026-11-23T08:14:29.123456789Z
const MESSAGE = 16 * 1024; // the engine cuts longer lines, each part with its own timestamp
const LONGEST = 4 * 1024 * 1024; // bytes of one line that are kept
const NEWLINE = 10;
const STAMP_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /;

const decoder = new TextDecoder(); // never throws: what is no UTF-8 becomes U+FFFD

/** Puts the frames of one container together to lines: `{stamp, text, stream}`. */
export class LineAssembler {
  #unfinished = new Map();

  /** Calls `take` with each line that `frames` completes, but for the first `skip`. */
  feed(frames, take, skip = 0) {
    eachFrame(frames, (stream, payload) => {
      let start = 0;
      for (let end = payload.indexOf(NEWLINE); end >= 0; end = payload.indexOf(NEWLINE, start)) {
        if (skip > 0) this.#unfinished.delete(stream);
        else take(this.#line(stream, payload.subarray(start, end)));
        skip -= 1;
        start = end + 1;
      }
      if (start < payload.length) this.#keep(stream, payload.subarray(start));
    });
  }

  /** Forgets what was begun: something in between is missing. */
  reset() {
    this.#unfinished.clear();
  }

  #line(stream, bytes) {
    const begun = this.#unfinished.get(stream);
    if (!begun) return lineOf(stream, decoder.decode(bytes));
    this.#keep(stream, bytes);
    this.#unfinished.delete(stream);
    return lineOf(stream, decoder.decode(joined(begun.parts, begun.size)));
  }

  #keep(stream, bytes) {
    const begun = this.#unfinished.get(stream) ?? { parts: [], size: 0 };
    const part = begun.size > 0 ? withoutStamp(bytes) : bytes;
    // Copied: the message that the bytes lie in may be large and is done with.
    if (begun.size + part.length <= LONGEST) begun.parts.push(part.slice());
    begun.size = begun.parts.reduce((sum, { length }) => sum + length, 0);
    this.#unfinished.set(stream, begun);
  }
}

function withoutStamp(bytes) {
  if (bytes.length <= STAMP) return bytes;
  const begin = String.fromCharCode(...bytes.subarray(0, STAMP + 1));
  return STAMP_PATTERN.test(begin) ? bytes.subarray(STAMP + 1) : bytes;
}

function joined(parts, size) {
  const whole = new Uint8Array(size);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

function lineOf(stream, line) {
  const ended = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (!STAMP_PATTERN.test(ended)) return { stamp: "", text: ended, stream };
  return { stamp: ended.slice(0, STAMP), text: withoutInnerStamps(ended.slice(STAMP + 1)), stream };
}

/** Of a terminal the parts of a long line come as one text, with the parts' timestamps in it. */
function withoutInnerStamps(text) {
  let position = MESSAGE;
  while (position < text.length && STAMP_PATTERN.test(text.slice(position, position + STAMP + 1))) {
    text = text.slice(0, position) + text.slice(position + STAMP + 1);
    position += MESSAGE;
  }
  return text;
}
