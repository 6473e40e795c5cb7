import { element } from "../page/elements.js";
import { gettext } from "../page/texts.js";

/** A form that asks for a time, in the reader's time zone, and shows the lines around it. */
export class MomentForm {
  constructor(viewer, toggle) {
    this.viewer = viewer;
    this.toggle = toggle;
    this.input = element("input", { type: "datetime-local", step: "1", className: "form-control", required: true });
    const label = element("label", {}, `${gettext("Time")} `, this.input);
    this.form = element("form", { className: "log-moment", hidden: true }, label, element("button", { className: "btn btn-sm" }, gettext("Show")));
    this.form.addEventListener("submit", (event) => this.#asked(event));
    toggle.setAttribute("aria-expanded", "false");
    toggle.addEventListener("click", () => this.#show(this.form.hidden));
  }

  #show(isShown) {
    this.form.hidden = !isShown;
    this.toggle.setAttribute("aria-expanded", String(isShown));
    if (!isShown) return;
    this.input.value ||= localTime(new Date());
    this.input.focus();
  }

  #asked(event) {
    event.preventDefault();
    const moment = new Date(this.input.value);
    if (!Number.isNaN(moment.getTime())) this.viewer.goTo(moment.toISOString().replace("Z", "000000Z"));
  }
}

/** A moment as the field has it: in the reader's time zone, without it. */
function localTime(moment) {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
