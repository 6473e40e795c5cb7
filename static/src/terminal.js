// The terminals of a project, see templates/projects/terminal.html.
import "@xterm/xterm/css/xterm.css";
import { TerminalPage } from "./terminal/page.js";

for (const root of document.querySelectorAll("[data-terminals]")) new TerminalPage(root);
