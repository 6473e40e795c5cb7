import { defaultKeymap, history, historyKeymap, indentWithTab, temporarilySetTabFocusMode } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  dropCursor,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  showPanel,
} from "@codemirror/view";
import { element } from "../page/elements.js";
import { fill, gettext } from "../page/texts.js";
import { languageSupport } from "./languages.js";
import { look } from "./look.js";

/** The nonce with which the page's policy lets CodeMirror add its style sheet. */
export function nonce() {
  return document.querySelector("script[nonce]")?.nonce ?? "";
}

/** Where the cursor is, and how to get out by keyboard. */
function statusPanel(view) {
  const place = element("span");
  const hint = element("span", { className: "editor-hint" }, gettext("Esc, then Tab leaves the editor"));
  const show = ({ state }) => {
    const line = state.doc.lineAt(state.selection.main.head);
    const column = state.selection.main.head - line.from + 1;
    place.textContent = fill(gettext("Line %(line)s, column %(column)s"), { line: line.number, column });
  };
  show(view);
  return { dom: element("div", { className: "editor-status" }, place, hint), update: show };
}

function phrases() {
  const texts = {
    Find: gettext("Find"),
    Replace: gettext("Replace"),
    next: gettext("next"),
    previous: gettext("previous"),
    all: gettext("all"),
    "match case": gettext("match case"),
    regexp: gettext("regular expression"),
    "by word": gettext("whole words"),
    replace: gettext("replace"),
    "replace all": gettext("replace all"),
    close: gettext("close"),
    "No diagnostics": gettext("No problems"),
  };
  return EditorState.phrases.of(texts);
}

// Escape lets the next Tab leave, instead of indenting; it must not keep other uses of Escape from working.
const escapeThenTab = {
  key: "Escape",
  run: (view) => {
    temporarilySetTabFocusMode(view);
    return false;
  },
};

/** How every text looks that is only to be read. */
export function readOnly(language) {
  return [EditorView.cspNonce.of(nonce()), look, lineNumbers(), languageSupport(language), EditorState.readOnly.of(true)];
}

/** The state of a file's text. `onChange()` is called after each change of the text, `save()` by Ctrl/⌘-S; `help` completes. */
export function editorState({ text, language, label, onChange, save, help = [] }) {
  const saving = { key: "Mod-s", preventDefault: true, run: () => (save(), true) };
  const extensions = [
    EditorView.cspNonce.of(nonce()),
    look,
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    foldGutter(),
    drawSelection(),
    dropCursor(),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    lintGutter(),
    phrases(),
    showPanel.of(statusPanel),
    matchMedia("(max-width: 40rem)").matches ? EditorView.lineWrapping : [],
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
    EditorView.updateListener.of((update) => update.docChanged && onChange()),
    keymap.of([saving, escapeThenTab, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, ...defaultKeymap, indentWithTab]),
    languageSupport(language),
    help,
  ];
  return EditorState.create({ doc: text, extensions });
}
