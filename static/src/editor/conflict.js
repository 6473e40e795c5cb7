import { gettext } from "../page/texts.js";
import { element } from "../page/elements.js";
import { readOnly } from "./setup.js";

/**
 * Shows both texts side by side and resolves to "mine", "theirs", or "" when the person goes on editing. The view
 * that compares is fetched only now.
 */
export async function askWhich(dialog, { mine, theirs, language }) {
  const { MergeView } = await import("@codemirror/merge");
  const place = dialog.querySelector("[data-editor-diff]");
  const heads = element("div", { className: "editor-diff-heads" }, element("h3", {}, gettext("Your text")), element("h3", {}, gettext("On disk now")));
  const box = element("div", { className: "editor-diff" });
  place.replaceChildren(heads, box);
  place.classList.remove("both-texts");
  const side = (doc) => ({ doc, extensions: readOnly(language) });
  dialog.returnValue = "";
  dialog.showModal();
  const view = new MergeView({ a: side(mine), b: side(theirs), parent: box, collapseUnchanged: { margin: 3, minSize: 6 } });
  const choice = await chosen(dialog);
  view.destroy();
  return choice;
}

function chosen(dialog) {
  const mine = dialog.querySelector("[data-editor-keep-mine]");
  const theirs = dialog.querySelector("[data-editor-load-theirs]");
  mine.onclick = () => dialog.close("mine");
  theirs.onclick = () => dialog.close("theirs");
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}
