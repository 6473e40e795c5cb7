/** Makes `data-dialog="id"` buttons open that `<dialog>`, and what is inside close it. */
export function watchDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) return openDialog(opener.dataset.dialog);
    const asker = event.target.closest("[data-dialog-if]");
    if (asker && document.getElementById(asker.dataset.dialogIf)) {
      event.preventDefault(); // it asks first; its own form does what the button would have done
      return openDialog(asker.dataset.dialogIf);
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) return closer.closest("dialog")?.close();
    // A click on the backdrop has the dialog itself as its target, outside the dialog's box.
    if (event.target instanceof HTMLDialogElement && isOutside(event)) event.target.close();
  });
  document.addEventListener("htmx:afterRequest", closeAfterSuccess);
  document.addEventListener("htmx:confirm", askInDialog);
}

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  closeMenus();
  dialog.showModal();
}

function isOutside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

function closeAfterSuccess(event) {
  const dialog = event.target.closest?.("dialog[data-close-on-success]");
  if (dialog && event.detail.successful) dialog.close();
}

/** `hx-confirm` asks in the page's own `<dialog id="confirm-dialog">` where there is one. */
function askInDialog(event) {
  const dialog = document.getElementById("confirm-dialog");
  if (!event.detail.question || !dialog) return;
  event.preventDefault();
  dialog.querySelector("[data-confirm-question]").textContent = event.detail.question;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && event.detail.issueRequest(true), { once: true });
  dialog.showModal();
}

/** Closes open `<details data-menu>`, except the one that holds `inside`. */
function closeMenus(inside) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!inside || !menu.contains(inside)) menu.open = false;
  }
}

/** Makes `<details data-menu>` behave like a menu: it closes on Escape, on a click elsewhere and after a choice. */
export function watchMenus() {
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("details[data-menu] :is(a, button)");
    closeMenus(chosen ? undefined : event.target);
  });
  document.addEventListener("focusin", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details[data-menu][open]");
    closeMenus();
    menu?.querySelector("summary")?.focus();
  });
}
