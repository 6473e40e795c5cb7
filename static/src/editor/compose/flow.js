// What a value in flow syntax holds: `[a, {b: c}]`, on one line, finished or not.

/** The step of a path that goes into an item of a list. */
export const ITEM = "-";

/** A word without the quotes around it. */
export function unquoted(word) {
  return word.replace(/^["']|["']$/g, "");
}

/** Reads a value that begins with a bracket, up to its end or as far as it goes. */
class Flow {
  words = [];
  #text;
  #frames = []; // what is open: { bracket, key, keys }
  #isOver = false;
  #start = null; // where the word that is being read begins

  constructor(text) {
    this.#text = text;
  }

  get #top() {
    return this.#frames.at(-1);
  }

  get #kind() {
    if (this.#top.bracket === "[") return "item";
    return this.#top.key === null ? "key" : "value";
  }

  get #path() {
    return this.#frames.flatMap(({ bracket, key }) => (bracket === "[" ? [ITEM] : key === null ? [] : [key]));
  }

  /** Go through the text; afterwards `open` tells what is being written at its end. */
  read() {
    let quote = "";
    for (let at = 0; at < this.#text.length && !this.#isOver; at++) {
      const char = this.#text[at];
      if (quote) quote = char === quote ? "" : quote;
      else if (!this.#goOn(at, char) && char !== " " && this.#start === null) {
        this.#start = at;
        quote = /["']/.test(char) ? char : "";
      }
    }
    return this;
  }

  /** Do what a character asks for that is no part of a word; tell whether it was one. */
  #goOn(at, char) {
    const isComment = char === "#" && /\s/.test(this.#text[at - 1] ?? "");
    if (isComment) this.#leave();
    else if ("[{".includes(char) && this.#start === null) this.#frames.push({ bracket: char, key: null, keys: [] });
    else if ("]}".includes(char)) this.#close(at);
    else if (char === ",") this.#next(at);
    else if (char === ":" && this.#endsKey(at)) this.#finish(at);
    else return false;
    return true;
  }

  #leave() {
    this.#frames = [];
    this.#isOver = true;
  }

  #close(at) {
    this.#finish(at);
    this.#frames.pop();
    this.#isOver = this.#frames.length === 0;
  }

  #next(at) {
    this.#finish(at);
    this.#top.key = null;
  }

  /** What is being written at the end, as `placeAt` tells it, or null where nothing is open. */
  get open() {
    if (!this.#frames.length) return null;
    const start = this.#start ?? this.#text.length;
    const quoted = /["']/.test(this.#text[start] ?? "");
    const from = start + (quoted ? 1 : 0);
    const kind = this.#kind;
    return { kind, path: this.#path, from, typed: this.#text.slice(from), quoted, siblings: kind === "key" ? this.#top.keys : [] };
  }

  #endsKey(at) {
    return this.#kind === "key" && this.#start !== null && (/["']/.test(this.#text[at - 1]) || /\s|^$/.test(this.#text[at + 1] ?? ""));
  }

  #finish(at) {
    if (this.#start === null) return;
    const kind = this.#kind;
    const written = this.#text.slice(this.#start, at).trimEnd();
    const text = unquoted(written);
    if (kind === "key") {
      this.#top.key = text;
      this.#top.keys.push(text);
    }
    this.words.push({ kind, path: this.#path, text, from: this.#start, to: this.#start + written.length });
    this.#start = null;
  }
}

/**
 * What is read of a text in flow syntax, null for another: `words` (`{kind, path, text, from, to}`; a key ends its path)
 * and `open`.
 */
export function readFlow(text) {
  return /^[[{]/.test(text) ? new Flow(text).read() : null;
}
