// The editor of the files page: `<section data-editor>`, see templates/projects/files.html; and texts that are only
// shown: `<pre data-shown-text data-language>`, see templates/projects/configuration.html.
import { EditorPage } from "./editor/page.js";
import { showText } from "./editor/shown.js";

for (const root of document.querySelectorAll("[data-editor]")) new EditorPage(root);
for (const pre of document.querySelectorAll("[data-shown-text]")) showText(pre);
