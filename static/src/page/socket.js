import { reconnectDelay } from "./backoff.js";
import { connectionDown, connectionUnwanted, connectionUp, isRefusal, reloadIfPageIsGone } from "./connection.js";
import { websocketUrl } from "./server.js";

const FAILURES_BEFORE_ASKING = 3;

/** A websocket of JSON messages that reconnects by itself; `onOpen` is called each time it is up (again). */
export class JsonSocket {
  #socket;
  #closed = false;
  #failures = 0;
  #timer;

  constructor(path, { onMessage, onOpen = () => {} }) {
    Object.assign(this, { path, onMessage, onOpen });
    this.#connect();
  }

  #connect() {
    this.#socket = new WebSocket(websocketUrl(this.path));
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }) => this.onMessage(JSON.parse(data));
    this.#socket.onclose = ({ code }) => this.#lost(code);
  }

  #opened() {
    this.#failures = 0;
    connectionUp(this);
    this.onOpen();
  }

  send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #lost(code) {
    if (this.#closed) return;
    if (isRefusal(code)) return location.reload();
    connectionDown(this);
    this.#failures += 1;
    if (this.#failures % FAILURES_BEFORE_ASKING === 0) reloadIfPageIsGone();
    this.#timer = setTimeout(() => this.#connect(), reconnectDelay(this.#failures));
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    connectionUnwanted(this);
    this.#socket.close();
  }
}
