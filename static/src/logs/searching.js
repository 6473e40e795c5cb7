import { isRefusal } from "../page/connection.js";
import { websocketUrl } from "../page/server.js";

/** What the form asks for, as the query of /ws/projects/…/logs/search/. */
export function searchQuery({ find, without, regex, caseSensitive, levels, stream, services }) {
  const query = new URLSearchParams();
  if (find) query.set("find", find);
  if (without) query.set("without", without);
  if (regex) query.set("regex", "1");
  if (caseSensitive) query.set("case", "1");
  for (const level of levels) query.append("level", level);
  if (stream) query.append("stream", stream);
  for (const service of services) query.append("service", service);
  return query;
}

/**
 * One search: it begins at once and is given up with `close`. `onMessage` gets what the server says, as
 * projects/consumers/log_search.py describes it; `onLost` is called when the connection went away by itself.
 */
export class Searching {
  #socket;
  #closed = false;

  constructor(url, query, { onMessage, onLost }) {
    this.#socket = new WebSocket(websocketUrl(`${url}?${query}`));
    this.#socket.onmessage = ({ data }) => !this.#closed && onMessage(JSON.parse(data));
    this.#socket.onclose = ({ code }) => {
      if (this.#closed) return;
      if (isRefusal(code)) location.reload();
      else onLost();
    };
  }

  get isOpen() {
    return !this.#closed && this.#socket.readyState === WebSocket.OPEN;
  }

  more() {
    this.#send({ more: true });
  }

  around(source, stamp) {
    this.#send({ around: stamp, source });
  }

  #send(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
  }

  close() {
    this.#closed = true;
    this.#socket.close();
  }
}
