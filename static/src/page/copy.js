import { gettext } from "./texts.js";

const SHOWN = 1500;

/** Copies by the clipboard API, and by a selection where that is missing (plain http on another host). */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

/** Makes `data-copy="text"` buttons copy; the button's label says so for a moment. */
export function watchCopyButtons() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const copied = await copyText(button.dataset.copy);
    const before = button.getAttribute("aria-label");
    button.setAttribute("aria-label", copied ? gettext("Copied") : gettext("Could not copy"));
    button.dataset.copied = copied ? "yes" : "no";
    setTimeout(() => {
      if (before === null) button.removeAttribute("aria-label");
      else button.setAttribute("aria-label", before);
      delete button.dataset.copied;
    }, SHOWN);
  });
}
