// The log viewers of a page: every `<div data-logs>`, see templates/includes/logs.html.
import { LogViewer } from "./logs/viewer.js";

for (const root of document.querySelectorAll("[data-logs]")) new LogViewer(root);
