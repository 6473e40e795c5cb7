import { element } from "../page/elements.js";
import { gettext } from "../page/texts.js";
import { preferences } from "./preferences.js";

/** A form that asks for a time, in the time zone that the reader prefers, and shows the lines around it. */
export class MomentForm {
  constructor(viewer, toggle) {
    this.viewer = viewer;
    this.toggle = toggle;
    this.input = element("input", { type: "datetime-local", step: "1", className: "form-control", required: true });
    this.words = element("span");
    const label = element("label", {}, this.words, " ", this.input);
    this.form = element("form", { className: "log-moment", hidden: true }, label, element("button", { className: "btn btn-sm" }, gettext("Show")));
    this.form.addEventListener("submit", (event) => this.#asked(event));
    toggle.setAttribute("aria-expanded", "false");
    toggle.addEventListener("click", () => this.#show(this.form.hidden));
  }

  #show(isShown) {
    this.form.hidden = !isShown;
    this.toggle.setAttribute("aria-expanded", String(isShown));
    if (!isShown) return;
    this.words.textContent = isUtc() ? gettext("Time (UTC)") : gettext("Time");
    this.input.value ||= fieldTime(new Date());
    this.input.focus();
  }

  #asked(event) {
    event.preventDefault();
    const moment = new Date(isUtc() ? `${this.input.value}Z` : this.input.value);
    if (!Number.isNaN(moment.getTime())) this.viewer.goTo(moment.toISOString().replace("Z", "000000Z"));
  }
}

function isUtc() {
  return preferences.timeZone === "UTC";
}

/** A moment as the field has it: in the reader's time zone, without it. */
function fieldTime(moment) {
  const shift = isUtc() ? 0 : moment.getTimezoneOffset();
  return new Date(moment.getTime() - shift * 60_000).toISOString().slice(0, 19);
}
