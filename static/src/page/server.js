/** The token Django wants with every request that changes something; base.html carries it in a meta tag. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/**
 * POSTs `body` as JSON. Resolves to `{ok, status, data}`; `data` is null when the answer is not JSON.
 * Rejects only when no answer came.
 */
export async function postJson(url, body, { signal } = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
    signal,
  });
  return answerOf(response);
}

/** GETs JSON; the same answer as `postJson`. */
export async function getJson(url, { signal } = {}) {
  return answerOf(await fetch(url, { headers: { Accept: "application/json" }, signal }));
}

async function answerOf(response) {
  const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
  const data = isJson ? await response.json().catch(() => null) : null;
  return { ok: response.ok && data !== null, status: response.status, data };
}

/** The absolute websocket URL of a path on this server. */
export function websocketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
