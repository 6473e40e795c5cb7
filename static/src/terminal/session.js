import { FitAddon } from "@xterm/addon-fit";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal } from "@xterm/xterm";
import { reconnectDelay } from "../page/backoff.js";
import { connectionDown, connectionUnwanted, connectionUp, isRefusal, reloadIfPageIsGone } from "../page/connection.js";
import { websocketUrl } from "../page/server.js";
import { fill, gettext } from "../page/texts.js";
import { colours, monospace } from "./look.js";

const ACK_BYTES = 16 * 1024;
const FAILURES_BEFORE_ASKING = 3;
const SCROLLBACK = 5_000;
const DONE = 1000;
const MOST_EARLY = 10_000;
const typed = new TextEncoder();

/**
 * One terminal and its websocket. `asked` is what it is opened with (`container`, `command`, `user`, `attached`) or comes back to
 * (`session`). It tells `onChange` when its `state` (opening, open, ended, taken, failed) or its name has changed.
 */
export class TerminalSession {
  state = "opening";
  #socket;
  #failures = 0;
  #closed = false;
  #shown = 0;
  #acknowledged = 0;
  #replayed = 0;
  #early = ""; // typed before the command was there to read it

  constructor({ url, asked, panel, screenReader, onChange, onLeave }) {
    Object.assign(this, { url, asked, panel, onChange });
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const options = { scrollback: SCROLLBACK, fontFamily: monospace(), fontSize: 14, cursorBlink: !isStill, theme: colours(), screenReaderMode: screenReader, allowProposedApi: true };
    this.terminal = new Terminal(options);
    this.#fit = new FitAddon();
    this.terminal.loadAddon(this.#fit);
    this.terminal.loadAddon(new Unicode11Addon()); // widths of Chinese characters and emoji
    this.terminal.unicode.activeVersion = "11";
    this.terminal.open(panel);
    this.terminal.attachCustomKeyEventHandler((event) => this.#keyIsForTerminal(event, onLeave));
    this.terminal.onData((text) => this.type(text));
    this.terminal.onBinary((text) => this.#send(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    this.terminal.onResize(({ rows, cols }) => this.#tell({ rows, columns: cols }));
    new ResizeObserver(() => this.fit()).observe(panel);
    this.fit();
    this.#connect();
  }

  #fit;

  get title() {
    const { container, command, attached } = this.asked;
    return [container, attached ? gettext("attached") : command].filter(Boolean).join(" · ");
  }

  /** As many rows and columns as there is room for. */
  fit() {
    if (this.panel.clientWidth > 0 && this.panel.clientHeight > 0) this.#fit.fit();
  }

  focus() {
    this.terminal.focus();
  }

  type(text) {
    // What the terminal itself answers to a question that was asked before a reload was answered then.
    if (this.state === "opening") this.#early = (this.#early + text).slice(0, MOST_EARLY);
    else if (this.#shown >= this.#replayed) this.#send(typed.encode(text));
  }

  paint() {
    this.terminal.options.theme = colours();
  }

  /** Shows here again what was taken elsewhere. */
  comeBack() {
    this.#connect();
  }

  /** Ends the command in the container. */
  close() {
    this.#tell({ end: true });
    this.#closed = true;
    connectionUnwanted(this);
    this.#socket.close();
    this.terminal.dispose();
  }

  #connect() {
    const { session, container, command, user, attached } = this.asked;
    const size = { rows: this.terminal.rows, columns: this.terminal.cols };
    const query = session ? { session } : attached ? { container, attached: 1, ...size } : { container, command, user, ...size };
    this.#socket = new WebSocket(websocketUrl(`${this.url}?${new URLSearchParams(query)}`));
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => connectionUp(this);
    this.#socket.onmessage = ({ data }) => (typeof data === "string" ? this.#told(JSON.parse(data)) : this.#print(new Uint8Array(data)));
    this.#socket.onclose = ({ code }) => this.#lost(code);
  }

  #told(message) {
    const heed = { opened: () => this.#opened(message), ended: () => this.#ended(message), taken: () => this.#become("taken"), problem: () => this.#failed(message.text) };
    heed[message.type]?.();
  }

  #opened({ session, container, command, user, attached, position, printed }) {
    this.#failures = 0;
    const isBack = Boolean(this.asked.session);
    this.asked = { session, container, command, user, attached };
    this.#shown = this.#acknowledged = position;
    this.#replayed = isBack ? printed : position;
    this.terminal.reset();
    if (attached) this.terminal.write(`\x1b[2m[${gettext("attached: what it prints from now on; it goes on when this is closed")}]\x1b[0m\r\n`);
    this.#tell({ rows: this.terminal.rows, columns: this.terminal.cols });
    this.#become("open");
    this.#send(typed.encode(this.#early));
    this.#early = "";
  }

  #print(data) {
    this.terminal.write(data, () => {
      this.#shown += data.length;
      if (this.#shown - this.#acknowledged < ACK_BYTES && this.#shown < this.#replayed) return;
      this.#acknowledged = this.#shown;
      this.#tell({ ack: this.#shown });
    });
  }

  #ended({ exit_code: code }) {
    const words = code === null ? gettext("ended") : fill(gettext("ended with exit code %(code)s"), { code });
    this.terminal.write(`\r\n\x1b[2m[${words}]\x1b[0m\r\n`);
    this.terminal.options.cursorBlink = false;
    this.#become("ended");
  }

  #failed(text) {
    this.problem = text;
    this.#become("failed");
  }

  #become(state) {
    this.state = state;
    this.onChange(this);
  }

  #lost(code) {
    if (this.#closed || code === DONE) return connectionUnwanted(this);
    if (isRefusal(code)) return location.reload();
    connectionDown(this);
    this.#become("opening");
    this.#failures += 1;
    if (this.#failures % FAILURES_BEFORE_ASKING === 0) reloadIfPageIsGone();
    setTimeout(() => !this.#closed && this.#connect(), reconnectDelay(this.#failures));
  }

  #keyIsForTerminal(event, onLeave) {
    if (event.type !== "keydown") return true;
    const isControl = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (isControl && event.key === "F6") {
      event.preventDefault();
      onLeave();
      return false;
    }
    // The browser copies and pastes; without a selection Ctrl-C interrupts.
    if (isControl && event.key.toLowerCase() === "c" && this.terminal.hasSelection()) return false;
    return !(isControl && event.key.toLowerCase() === "v");
  }

  #send(data) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  #tell(message) {
    this.#send(JSON.stringify(message));
  }
}
