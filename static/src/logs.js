// The log viewers of a page: every `<div data-logs>`, see templates/includes/logs.html.
import { preferences } from "./logs/preferences.js";
import { LogViewer } from "./logs/viewer.js";

for (const root of document.querySelectorAll("[data-logs]")) {
  preferences.begin(root.dataset);
  new LogViewer(root);
}
