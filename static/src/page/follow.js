// Boxes marked `data-follow` stay at their end while output arrives, unless the reader has scrolled up.

const SLACK = 24;
let atEnd = new Set();

function isAtEnd(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight <= SLACK;
}

function remember() {
  const boxes = [...document.querySelectorAll("[data-follow]")];
  atEnd = new Set(boxes.filter(isAtEnd).map((box) => box.id));
}

function restore() {
  for (const box of document.querySelectorAll("[data-follow]")) {
    if (atEnd.has(box.id) || !box.dataset.followed) box.scrollTop = box.scrollHeight;
    box.dataset.followed = "yes";
  }
}

/** Needs an id on each box. */
export function watchFollowedBoxes() {
  restore();
  document.addEventListener("htmx:wsBeforeMessage", remember);
  document.addEventListener("htmx:wsAfterMessage", restore);
  document.addEventListener("toggle", restoreOpened, true);
}

function restoreOpened(event) {
  for (const box of event.target.querySelectorAll("[data-follow]")) box.scrollTop = box.scrollHeight;
}
