import { reconnectDelay } from "../page/backoff.js";
import { connectionDown, connectionUnwanted, connectionUp, isRefusal, reloadIfPageIsGone } from "../page/connection.js";
import { websocketUrl } from "../page/server.js";
import { readMessage } from "./wire.js";

const ACK_BYTES = 64 * 1024;
const ACK_DELAY = 100;
const FAILURES_BEFORE_ASKING = 3;

/**
 * The websocket of the logs: reconnects by itself and asks for what came since the last line.
 * `onMessage` gets text messages as objects, `onLines` binary ones as `readMessage` gives them; call `done` for each
 * of those when it was dealt with: the server sends only so much ahead.
 */
export class Feed {
  #socket;
  #closed = false;
  #failures = 0;
  #acknowledged = 0;
  #done = 0;
  #timer;

  constructor({ url, query, since, onMessage, onLines, onOpen }) {
    Object.assign(this, { url, query, since, onMessage, onLines, onOpen });
    this.#connect();
  }

  #connect() {
    const query = new URLSearchParams(this.query());
    const since = this.since();
    if (since) query.set("since", since);
    this.#acknowledged = this.#done = 0;
    this.#socket = new WebSocket(websocketUrl(`${this.url}?${query}`));
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }) => this.#received(data);
    this.#socket.onclose = ({ code }) => this.#lost(code);
  }

  #opened() {
    this.#failures = 0;
    connectionUp(this);
    this.onOpen();
  }

  #received(data) {
    if (typeof data === "string") this.onMessage(JSON.parse(data));
    else this.onLines({ ...readMessage(data), socket: this.#socket });
  }

  /** The message was shown or put aside: the server may send on. */
  done(message) {
    if (message.socket !== this.#socket) return; // of a connection that is gone
    this.#done += message.size;
    if (this.#done - this.#acknowledged >= ACK_BYTES) this.#acknowledge();
    else this.#timer ??= setTimeout(() => this.#acknowledge(), ACK_DELAY);
  }

  #acknowledge() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#socket.readyState !== WebSocket.OPEN || this.#done === this.#acknowledged) return;
    this.#acknowledged = this.#done;
    this.#socket.send(JSON.stringify({ ack: this.#done }));
  }

  #lost(code) {
    if (this.#closed) return;
    if (isRefusal(code)) return location.reload();
    connectionDown(this);
    this.#failures += 1;
    if (this.#failures % FAILURES_BEFORE_ASKING === 0) reloadIfPageIsGone();
    setTimeout(() => !this.#closed && this.#connect(), reconnectDelay(this.#failures));
  }

  close() {
    this.#closed = true;
    connectionUnwanted(this);
    this.#socket.close();
  }
}
