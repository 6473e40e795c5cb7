// One visible state for all of a page's websockets: `[data-connection="lost"]` is shown while any is down.

const PATIENCE = 1_000;
// app.js and logs.js are bundles of their own, each with a copy of this module: the state is the page's.
const shared = (globalThis.composeUiConnections ??= { lost: new Set(), timer: 0 });

function show() {
  const isLost = shared.lost.size > 0;
  for (const banner of document.querySelectorAll('[data-connection="lost"]')) banner.hidden = !isLost;
}

/** Call when the socket known as `key` is up. */
export function connectionUp(key) {
  shared.lost.delete(key);
  if (shared.lost.size === 0) clearTimeout(shared.timer);
  show();
}

/** Call when it went down; shown after a second, so that a quick restart does not flash. */
export function connectionDown(key) {
  shared.lost.add(key);
  clearTimeout(shared.timer);
  shared.timer = setTimeout(show, PATIENCE);
}

/** Call when nobody wants it any more. */
export function connectionUnwanted(key) {
  connectionUp(key);
}

const REFUSALS = new Set([4401, 4403, 4404]);

/** Whether the server refused the socket for good: the page itself then has the answer (sign in, no access, gone). */
export function isRefusal(code) {
  return REFUSALS.has(code);
}

/**
 * A refused handshake looks like a lost connection to a browser, so after some failures ask for the page itself:
 * if it is not what it was (signed out, access taken, project gone), load it again and let it say so.
 */
export async function reloadIfPageIsGone() {
  const response = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (response && (response.redirected || [401, 403, 404].includes(response.status))) location.reload();
}
