import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { fill, ngettext } from "../page/texts.js";
import { isSameFile, rangeOf } from "./position.js";

const LOOKS = {
  error: { icon: "circle-x", className: "problem-error" },
  warning: { icon: "alert-triangle", className: "problem-warning" },
};

/** What CodeMirror underlines: the problems of the open file. */
export function diagnosticsOf(problems, doc, path) {
  return problems
    .filter(({ file }) => isSameFile(file, path))
    .map((problem) => ({ ...rangeOf(doc, problem), severity: problem.severity, message: problem.message }));
}

/** Fills the list below the editor; `open(problem)` is called to jump to one. */
export function showProblems({ list, count }, problems, path, open) {
  list.replaceChildren(...problems.map((problem) => problemItem(problem, path, open)));
  if (count) {
    count.textContent = fill(ngettext("%(count)s problem", "%(count)s problems", problems.length), { count: problems.length });
    count.hidden = problems.length === 0;
  }
}

function problemItem(problem, path, open) {
  const { icon: name, className } = LOOKS[problem.severity] ?? LOOKS.error;
  const item = element("li", { className }, icon(name), element("span", {}, problem.message));
  if (problem.line) item.append(placeButton(problem, path, open));
  return item;
}

function placeButton(problem, path, open) {
  const place = `${problem.line}:${problem.column ?? 1}`;
  const words = isSameFile(problem.file, path) ? place : `${problem.file.split("/").at(-1)}:${place}`;
  const button = element("button", { type: "button", className: "place" }, words);
  button.addEventListener("click", () => open(problem));
  return button;
}
