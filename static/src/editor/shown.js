import { EditorView } from "@codemirror/view";
import { readOnly } from "./setup.js";

/** Shows the text of a `<pre data-shown-text>` with line numbers and colours; it stays as it is without scripts. */
export function showText(pre) {
  const label = EditorView.contentAttributes.of({ "aria-labelledby": pre.getAttribute("aria-labelledby") ?? "", tabindex: "0" });
  const place = document.createElement("div");
  place.className = "shown-text";
  new EditorView({ doc: pre.textContent, parent: place, extensions: [readOnly(pre.dataset.language), label] });
  pre.replaceWith(place);
}
