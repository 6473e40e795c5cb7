import { element } from "../page/elements.js";
import { gettext } from "../page/texts.js";

/** A list to choose from; `choices` are pairs of a value and its words. */
export function choice(label, choices) {
  const made = element("select", { className: "form-select" }, ...choices.map(([value, words]) => element("option", { value }, words)));
  made.setAttribute("aria-label", label);
  return made;
}

/** Which levels are wanted; the value holds them with blanks in between, empty for all. */
export function levelChoice() {
  return choice(gettext("Level"), [
    ["", gettext("All levels")],
    ["fatal error", gettext("Errors")],
    ["fatal error warning", gettext("Warnings and errors")],
    ["info", gettext("Information")],
    ["debug trace", gettext("Debug and trace")],
    ["unknown", gettext("Without a level")],
  ]);
}
