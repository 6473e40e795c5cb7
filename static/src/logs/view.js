import { element } from "../page/elements.js";
import { gettext } from "../page/texts.js";
import { choice } from "./choices.js";
import { preferences } from "./preferences.js";

/** A form with how lines are shown; what is chosen holds at once, and for all pages. */
export class ViewForm {
  constructor(viewer, toggle) {
    this.root = viewer.root;
    this.toggle = toggle;
    this.form = element(
      "form",
      { className: "log-view", hidden: true, attributes: { "aria-label": gettext("View") } },
      selection("size", gettext("Text size"), [["small", gettext("Small")], ["normal", gettext("Normal")], ["large", gettext("Large")]]),
      selection("zone", gettext("Time zone"), [["local", gettext("Local time")], ["utc", gettext("UTC")]]),
      checkbox("dense", gettext("Compact lines")),
      checkbox("fold", gettext("Fold stack traces")),
      checkbox("json", gettext("JSON as fields")),
      fieldsInput(),
    );
    this.form.addEventListener("submit", (event) => event.preventDefault());
    toggle.setAttribute("aria-expanded", "false");
    toggle.addEventListener("click", () => this.#show(this.form.hidden));
    preferences.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  #show(isShown) {
    this.form.hidden = !isShown;
    this.toggle.setAttribute("aria-expanded", String(isShown));
    if (isShown) this.form.querySelector("select").focus();
  }

  #apply() {
    this.root.dataset.size = preferences.get("size");
    this.root.toggleAttribute("data-dense", preferences.get("dense"));
    this.root.toggleAttribute("data-fold", preferences.get("fold"));
  }
}

function selection(name, label, choices) {
  const made = choice(label, choices);
  made.value = preferences.get(name);
  made.addEventListener("change", () => preferences.set(name, made.value));
  return element("label", {}, `${label} `, made);
}

function checkbox(name, label) {
  const input = element("input", { type: "checkbox", className: "form-check-input", checked: preferences.get(name) });
  input.addEventListener("change", () => preferences.set(name, input.checked));
  return element("label", {}, input, ` ${label}`);
}

function fieldsInput() {
  const input = element("input", { type: "text", className: "form-control", placeholder: gettext("all"), value: preferences.get("fields") });
  input.addEventListener("change", () => preferences.set("fields", input.value.trim()));
  preferences.addEventListener("change", ({ detail }) => {
    if (detail === "fields") input.value = preferences.get("fields");
  });
  return element("label", { className: "log-view-fields" }, `${gettext("Fields shown")} `, input);
}
