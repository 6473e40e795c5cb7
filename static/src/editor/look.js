import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Colours come from CSS variables (styles/editor.css), so that light and dark need no second theme.
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.controlKeyword], color: "var(--code-keyword)" },
  { tag: [tags.definition(tags.propertyName), tags.propertyName, tags.attributeName], color: "var(--code-name)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.constant(tags.name)], color: "var(--code-number)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))], color: "var(--code-function)" },
  { tag: [tags.className, tags.typeName, tags.standard(tags.variableName), tags.labelName], color: "var(--code-type)" },
  { tag: [tags.meta, tags.processingInstruction], color: "var(--code-meta)" },
  { tag: tags.invalid, color: "var(--cu-bad)" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--cu-surface)", color: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--cu-mono)", fontSize: "var(--editor-size)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "currentColor", padding: "0.5rem 0" },
  ".cm-cursor": { borderLeftColor: "currentColor", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--cu-code-bg)", color: "var(--cu-quiet)", borderRight: "1px solid var(--cu-line)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "2.75ch" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--cu-quiet) 9%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--cu-quiet) 16%, transparent)", color: "var(--tblr-body-color)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--cu-accent) 28%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--cu-warn) 22%, transparent)" },
  ".cm-searchMatch": { backgroundColor: "color-mix(in srgb, var(--cu-warn) 35%, transparent)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--cu-warn)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--cu-accent) 22%, transparent)" },
  ".cm-panels": { backgroundColor: "var(--cu-code-bg)", color: "inherit" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--cu-line)" },
  ".cm-textfield": { backgroundColor: "var(--cu-surface)", border: "1px solid var(--cu-line)", borderRadius: "4px", color: "inherit" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--cu-surface)", border: "1px solid var(--cu-line)", borderRadius: "4px", color: "inherit" },
  ".cm-tooltip": { backgroundColor: "var(--cu-surface)", border: "1px solid var(--cu-line)", borderRadius: "6px", color: "inherit" },
  ".cm-diagnostic": { padding: "0.35rem 0.6rem", fontFamily: "var(--cu-sans)", maxWidth: "min(32rem, 85vw)", whiteSpace: "normal" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--cu-bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--cu-warn)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--cu-bad)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--cu-warn)", textUnderlineOffset: "3px" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--cu-quiet-soft)", border: "none", color: "var(--cu-quiet)" },
});

export const look = [theme, syntaxHighlighting(highlight)];
