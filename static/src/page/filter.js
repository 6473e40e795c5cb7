import { fill, formatNumber, ngettext } from "./texts.js";

/** Whether every word of `query` occurs in `text`, in any case and order. */
export function matches(query, text) {
  const haystack = text.toLocaleLowerCase();
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

function applyFilter(input) {
  const list = document.querySelector(input.dataset.filter);
  if (!list) return;
  let shown = 0;
  for (const row of list.children) {
    const visible = matches(input.value.trim(), row.dataset.filterText ?? row.textContent);
    row.hidden = !visible;
    if (visible) shown += 1;
  }
  const empty = document.querySelector(`[data-filter-empty="${input.dataset.filter}"]`);
  if (empty) empty.hidden = shown > 0 || input.value.trim() === "";
  announce(input, shown);
}

function announce(input, shown) {
  const status = document.querySelector(`[data-filter-status="${input.dataset.filter}"]`);
  if (!status) return;
  const text = fill(ngettext("%(count)s match", "%(count)s matches", shown), { count: formatNumber(shown) });
  status.textContent = input.value.trim() === "" ? "" : text;
}

function applyFilters() {
  for (const input of document.querySelectorAll("input[data-filter]")) applyFilter(input);
}

/** Makes `<input data-filter="#rows">` filter that element's children, also those that arrive later. */
export function watchFilters() {
  applyFilters();
  document.addEventListener("input", (event) => {
    if (event.target.matches("input[data-filter]")) applyFilter(event.target);
  });
  document.addEventListener("keydown", focusOnSlash);
  for (const name of ["htmx:wsAfterMessage", "htmx:afterSettle"]) document.addEventListener(name, applyFilters);
}

function focusOnSlash(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const input = document.querySelector("input[data-filter]");
  if (!input) return;
  event.preventDefault();
  input.focus();
}
