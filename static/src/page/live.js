import htmx from "htmx.org";
import "htmx-ext-ws";
import { Idiomorph } from "idiomorph/htmx";
import { reconnectDelay } from "./backoff.js";
import { showAllTimes } from "./clock.js";
import { connectionDown, connectionUnwanted, connectionUp, isRefusal, reloadIfPageIsGone } from "./connection.js";
import { csrfToken } from "./server.js";

const FAILURES_BEFORE_ASKING = 3;
const PATIENCE_WHILE_LEAVING = 5_000;
const failures = new WeakMap();

function configure() {
  Object.assign(htmx.config, {
    allowEval: false,
    allowScriptTags: false,
    includeIndicatorStyles: false,
    selfRequestsOnly: true,
    historyCacheSize: 0,
    wsReconnectDelay: reconnectDelay,
  });
  // Forms with errors come back as 422 (and 409 where something else is in the way): shown like any other answer.
  htmx.config.responseHandling = [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "4(09|22)", swap: true },
    { code: "[45]..", swap: false, error: true },
  ];
}

/** What the person opened or typed outlives a morph; `data-keep` elements are left alone altogether. */
function keepWhatPeopleDid() {
  const { callbacks } = Idiomorph.defaults;
  const isKept = (node) => node instanceof Element && node.hasAttribute("data-keep");
  // `data-shell`: a list stays as it is, its items come one by one; a panel, too, which its own websocket keeps.
  callbacks.beforeNodeMorphed = (old, shown) => !isKept(old) && !shown.hasAttribute?.("data-shell");
  callbacks.beforeNodeRemoved = (node) => !isKept(node);
  callbacks.beforeAttributeUpdated = (name, element) => !(name === "open" && isPersonsToOpen(element));
}

function isPersonsToOpen(element) {
  // What has no content yet is only being made from a fragment: nobody can have opened or closed it.
  if (!element.hasChildNodes()) return false;
  if (element instanceof HTMLDialogElement) return true;
  return element instanceof HTMLDetailsElement && !element.hasAttribute("data-server-opens");
}

/**
 * Takes the fragments of a websocket message in, one after the other: what is on the page is morphed, what is new goes
 * to the end of the list whose id its data-in names, and what has no place here is left out.
 */
function takeFragments(event) {
  event.preventDefault();
  // The server's own templates made it; they escape what engines and files say.
  const { body } = new DOMParser().parseFromString(event.detail.message, "text/html");
  showAllTimes(body);
  for (const fragment of [...body.children]) takeIn(fragment);
  htmx.trigger(event.target, "htmx:wsAfterMessage");
}

function takeIn(fragment) {
  const old = document.getElementById(fragment.id);
  if (fragment.getAttribute("hx-swap-oob") === "delete") return old?.remove();
  fragment.removeAttribute("hx-swap-oob");
  if (old?.isEqualNode(fragment)) return;
  const list = document.getElementById(fragment.dataset.in ?? "");
  if (old) Idiomorph.morph(old, fragment, { morphStyle: "outerHTML", ignoreActiveValue: true });
  else if (list) list.insertBefore(document.importNode(fragment, true), successor(list, fragment));
  const shown = document.getElementById(fragment.id);
  if (shown) htmx.process(shown);
}

/** The item of a sorted list that a new one stands before; null, the end, where the list is in order of arrival. */
function successor(list, fragment) {
  const key = fragment.dataset.sort;
  if (key === undefined) return null;
  return [...list.children].find((item) => item.dataset.sort > key) ?? null;
}

function sendToken() {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = csrfToken();
  });
}

function watchSockets() {
  document.addEventListener("htmx:wsOpen", ({ target }) => {
    failures.delete(target);
    connectionUp(target);
  });
  document.addEventListener("htmx:wsClose", ({ target, detail }) => socketClosed(target, detail));
  window.addEventListener("beforeunload", () => (leavingSince = performance.now()));
  // On the window: after those who listen on the document have looked at the page as it was.
  window.addEventListener("htmx:wsBeforeMessage", takeFragments);
}

let leavingSince = -Infinity;

/** Loads the page again, so that it says why; but lets it go first where the person is on the way to another one. */
function reloadUnlessLeaving() {
  const leaving = performance.now() - leavingSince < PATIENCE_WHILE_LEAVING;
  setTimeout(() => location.reload(), leaving ? PATIENCE_WHILE_LEAVING : 0);
}

const NOTHING_MORE_TO_COME = 1000;
const RETRIED_BY_EXTENSION = [1006, 1011, 1012, 1013];

function socketClosed(element, { event, socketWrapper }) {
  if (!element.isConnected || event.code === NOTHING_MORE_TO_COME) return connectionUnwanted(element);
  if (isRefusal(event.code)) return reloadUnlessLeaving();
  connectionDown(element);
  const count = (failures.get(element) ?? 0) + 1;
  failures.set(element, count);
  if (count % FAILURES_BEFORE_ASKING === 0) reloadIfPageIsGone();
  if (!RETRIED_BY_EXTENSION.includes(event.code)) setTimeout(() => socketWrapper.reconnect(), reconnectDelay(count));
}

/** Starts htmx with its websocket extension and morphing; the server sends whole panels at connect, then what changed. */
export function startLivePage() {
  configure();
  keepWhatPeopleDid();
  sendToken();
  watchSockets();
}
