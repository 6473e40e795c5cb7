import { setDiagnostics } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";
import { csrfToken, getJson, postJson } from "../page/server.js";
import { gettext } from "../page/texts.js";
import { Buffers } from "./buffers.js";
import { composeHelp, isComposeFile } from "./compose.js";
import { askWhich } from "./conflict.js";
import { offsetOf } from "./position.js";
import { diagnosticsOf, showProblems } from "./problems.js";
import { editorState, nonce } from "./setup.js";

const PAUSE = 400; // milliseconds without typing before the server is asked what is wrong

/** The editor of the files page; `root` is its `<section data-editor>`. */
export class EditorPage {
  #buffers = new Buffers();
  #problems = [];
  #timer;
  #checking;
  #saving = false;
  #shown = "";

  constructor(root) {
    this.root = root;
    this.urls = root.dataset;
    this.first = this.path = root.dataset.path;
    this.part = (name) => root.querySelector(`[data-editor-${name}]`);
    this.view = new EditorView({ parent: this.part("view"), extensions: EditorView.cspNonce.of(nonce()) });
    this.#listen();
    this.open(this.path).then(() => this.#goToLine(new URLSearchParams(location.search)));
  }

  /** A link to a place in a file says its line. */
  #goToLine(asked) {
    const line = Number(asked.get("line"));
    if (line > 0 && this.#buffers.has(this.path)) this.#show({ line, column: Number(asked.get("column")) || 1 });
  }

  #listen() {
    this.part("save").addEventListener("click", () => this.save());
    this.part("save-up")?.addEventListener("click", () => this.saveAndUp());
    document.addEventListener("click", (event) => this.#clicked(event));
    addEventListener("popstate", () => this.#openFromAddress());
    addEventListener("beforeunload", (event) => {
      this.#keepState();
      if (this.#buffers.dirtyPaths.length > 0) event.preventDefault();
    });
    // Ctrl/⌘-S saves wherever the focus is on this page.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
      event.preventDefault();
      this.save();
    });
  }

  #clicked(event) {
    const link = event.target.closest("a[data-file]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (link.dataset.file === this.path) return this.view.focus();
    history.pushState(null, "", link.href);
    this.open(link.dataset.file);
  }

  #openFromAddress() {
    const path = new URLSearchParams(location.search).get("file") ?? this.first;
    if (path !== this.path) this.open(path);
  }

  /** Shows a file, with what was typed in it before; resolves when it is there. */
  async open(path) {
    this.#keepState();
    this.path = path;
    this.#named(path);
    if (!this.#buffers.has(path)) await this.#fetch(path);
    if (this.path !== path) return; // another one was opened meanwhile
    const buffer = this.#buffers.get(path);
    this.part("view").hidden = !buffer;
    if (!buffer) return;
    this.view.setState(buffer.state);
    this.#shown = path;
    this.#showDirt();
    this.#showFound(this.#problems);
    this.#checkSoon(0);
  }

  async #fetch(path) {
    this.#say(gettext("Loading…"));
    const { ok, data } = await getJson(`${this.urls.contentUrl}?${new URLSearchParams({ path })}`).catch(() => ({}));
    if (ok) this.#load(path, data);
    if (this.path === path) this.#say(ok ? "" : (data?.error ?? gettext("The file could not be loaded.")), !ok);
  }

  #load(path, { text, version, language }) {
    const help = isComposeFile(path, text) ? composeHelp(this.urls.vocabularyUrl) : [];
    const state = editorState({ text, language, label: path, onChange: () => this.#changed(), save: () => this.save(), help });
    this.#buffers.open(path, { state, version, language });
  }

  /** The view holds the newest state of the buffer that it shows. */
  #keepState() {
    const buffer = this.#buffers.get(this.#shown);
    if (buffer) buffer.state = this.view.state;
  }

  #changed() {
    this.#keepState();
    this.#showDirt();
    this.#checkSoon(PAUSE);
  }

  #showDirt() {
    const dirty = new Set(this.#buffers.dirtyPaths);
    for (const link of document.querySelectorAll("a[data-file]")) link.toggleAttribute("data-dirty", dirty.has(link.dataset.file));
    const isDirty = dirty.has(this.path);
    this.root.toggleAttribute("data-dirty", isDirty);
    if (isDirty) this.#say(gettext("Unsaved changes"));
    else if (this.part("state").dataset.about !== "saved") this.#say("");
  }

  #say(text, isBad = false, about = "") {
    const state = this.part("state");
    state.textContent = text;
    state.dataset.about = about;
    state.classList.toggle("editor-state-bad", isBad);
  }

  #named(path) {
    const before = this.root.dataset.path;
    this.root.dataset.path = path;
    for (const link of document.querySelectorAll("a[data-file]")) {
      if (link.dataset.file === path) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    for (const field of document.querySelectorAll("#rename-dialog [name=path], #delete-dialog [name=path], #rename-to")) field.value = path;
    for (const title of document.querySelectorAll("#editor-title, #rename-title, #delete-title")) {
      title.textContent = title.textContent.replace(before, () => path);
    }
  }

  #checkSoon(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), pause);
  }

  /** Asks the server what is wrong with the project while this file has its unsaved text. */
  async #check() {
    this.#checking?.abort();
    this.#checking = new AbortController();
    const asked = { path: this.path, text: this.view.state.doc.toString() };
    const { signal } = this.#checking;
    const { ok, data } = await postJson(this.urls.validateUrl, asked, { signal }).catch(() => ({}));
    if (ok && !signal.aborted) this.#showFound(data.problems);
  }

  #showFound(problems) {
    this.#problems = problems;
    const { state } = this.view;
    this.view.dispatch(setDiagnostics(state, diagnosticsOf(problems, state.doc, this.path)));
    const parts = { list: this.part("problems"), count: this.part("problems-count") };
    showProblems(parts, problems, this.path, (problem) => this.#jump(problem));
  }

  async #jump(problem) {
    const link = [...document.querySelectorAll("a[data-file]")].find(({ dataset }) => problem.file?.endsWith(dataset.file));
    if (link && link.dataset.file !== this.path) await this.open(link.dataset.file);
    this.#show(problem);
  }

  #show({ line, column }) {
    const anchor = offsetOf(this.view.state.doc, line, column);
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.view.focus();
  }

  /** Saves the open file; resolves to whether it is on disk now. */
  async save() {
    const buffer = this.#buffers.get(this.path);
    if (!buffer || this.#saving) return false;
    this.#keepState();
    this.#saving = true;
    this.#say(gettext("Saving…"));
    try {
      return await this.#send(buffer, buffer.version);
    } finally {
      this.#saving = false;
    }
  }

  async #send(buffer, version) {
    const { doc } = buffer.state;
    const asked = { path: buffer.path, text: doc.toString(), version };
    const { ok, status, data } = await postJson(this.urls.saveUrl, asked).catch(() => ({}));
    if (ok) return this.#saved(buffer, doc, data);
    if (status === 409 && data?.changed) return this.#conflict(buffer, data);
    if (status === 401) location.reload();
    this.#say(data?.error ?? gettext("Not saved: the dashboard did not answer. Your text is still here."), true);
    return false;
  }

  #saved(buffer, doc, { version, problems }) {
    Object.assign(buffer, { version, saved: doc });
    this.#say(gettext("Saved"), false, "saved");
    this.#showDirt();
    if (problems && buffer.path === this.path) this.#showFound(problems);
    return true;
  }

  async #conflict(buffer, theirs) {
    this.#say(theirs.error ?? "", true);
    const sides = { mine: buffer.state.doc.toString(), theirs: theirs.text, language: buffer.language };
    const choice = await askWhich(this.part("conflict"), sides);
    if (choice === "mine") return this.#send(buffer, theirs.version);
    if (choice === "theirs") this.#replace(buffer, theirs);
    this.view.focus();
    return false;
  }

  #replace(buffer, { text, version }) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
    this.#keepState();
    Object.assign(buffer, { version, saved: buffer.state.doc });
    this.#say("", false, "saved");
    this.#showDirt();
  }

  /** Saves, then asks for an Up; the overview shows how it goes. */
  async saveAndUp() {
    if (!(await this.save())) return;
    const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true" };
    const body = new URLSearchParams({ verb: "up" });
    const response = await fetch(this.urls.upUrl, { method: "POST", headers, body }).catch(() => null);
    if (response?.ok) location.assign(this.urls.overviewUrl);
    else this.#showNotices(await response?.text());
  }

  #showNotices(html) {
    const answer = new DOMParser().parseFromString(html ?? "", "text/html");
    const notices = answer.getElementById("notices") ?? answer.body;
    if (notices.textContent.trim()) document.getElementById("notices")?.replaceChildren(...notices.childNodes);
    else this.#say(gettext("Saved, but Up could not be started: the dashboard did not answer."), true);
  }
}
