import { element } from "../page/elements.js";
import { icon } from "../page/icons.js";
import { gettext } from "../page/texts.js";
import { levelChoice } from "./choices.js";
import { MomentForm } from "./moment.js";
import { preferences } from "./preferences.js";
import { LogSearch } from "./search.js";
import { ViewForm } from "./view.js";
import { VolumeStrip } from "./volume.js";

function toolButton(name, label, onClick) {
  const button = element("button", { type: "button", className: "btn btn-quiet btn-sm log-tool", title: label }, icon(name));
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => onClick(button));
  return button;
}

/** A button that stays pressed; the choice is remembered and shows as an attribute of the viewer. */
function toggleButton(root, name, label, key) {
  const show = (button, on) => {
    button.setAttribute("aria-pressed", String(on));
    root.toggleAttribute(`data-${key}`, on);
  };
  const button = toolButton(name, label, (pressed) => {
    const on = pressed.getAttribute("aria-pressed") !== "true";
    preferences.set(key, on);
    show(pressed, on);
  });
  show(button, preferences.get(key));
  return button;
}

function pauseButton(viewer) {
  const button = toolButton("player-pause", gettext("Pause"), () => {
    if (viewer.isPaused) viewer.resume();
    else viewer.pause();
    show(viewer.isPaused);
  });
  const show = (paused) => {
    const label = paused ? gettext("Go on") : gettext("Pause");
    button.replaceChildren(icon(paused ? "player-play" : "player-pause"));
    button.title = label;
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-pressed", String(paused));
  };
  return { button, show };
}

function downloadLink(viewer) {
  const label = gettext("Download all stored lines");
  const link = element("a", { className: "btn btn-quiet btn-sm log-tool", title: label, download: "" }, icon("download"));
  link.setAttribute("aria-label", label);
  const show = () => {
    const query = new URLSearchParams([...viewer.chosen].map((service) => ["service", service]));
    link.href = `${viewer.root.dataset.downloadUrl}${viewer.chosen.size ? `?${query}` : ""}`;
  };
  show();
  return { link, show };
}

/** Chips to show some services only; shown where there are several. */
function serviceChips(viewer, onChange) {
  const box = element("div", { className: "log-services", attributes: { role: "group", "aria-label": gettext("Services") } });
  const chips = new Map();
  const show = () => {
    box.hidden = chips.size < 2;
    for (const [service, chip] of chips) chip.setAttribute("aria-pressed", String(viewer.chosen.has(service)));
  };
  const press = (service) => {
    const chosen = new Set(viewer.chosen);
    if (!chosen.delete(service)) chosen.add(service);
    viewer.choose(chosen.size === chips.size ? new Set() : chosen);
    show();
    onChange();
  };
  const add = (service, series) => {
    if (chips.has(service)) return;
    const chip = element("button", { type: "button", className: "log-chip", dataset: { series } }, service);
    chip.addEventListener("click", () => press(service));
    chips.set(service, chip);
    box.append(chip);
    show();
  };
  for (const service of viewer.services) add(service, viewer.colours.of(service));
  return { box, add };
}

/** Shows only lines of some levels; events stay. */
function levelFilter(viewer) {
  const filter = levelChoice();
  filter.classList.add("log-level-filter");
  filter.setAttribute("aria-label", gettext("Levels that are shown"));
  filter.addEventListener("change", () => viewer.showLevels(filter.value));
  return filter;
}

/** Builds everything inside the viewer's root; returns the parts that change. */
export function buildToolbar(viewer) {
  const { root } = viewer;
  const list = element("div", { className: "log-list", tabIndex: 0, attributes: { role: "log", "aria-live": "off" } });
  list.setAttribute("aria-label", gettext("Output"));
  const pillText = element("span");
  const pill = element("button", { type: "button", className: "log-pill", hidden: true }, icon("arrow-down"), pillText);
  const older = element("p", { className: "log-older", hidden: true, attributes: { role: "status" } });
  const problem = element("p", { className: "log-problem", hidden: true, attributes: { role: "status" } });
  const empty = element("p", { className: "log-empty", hidden: true });
  const pause = pauseButton(viewer);
  const download = downloadLink(viewer);
  const chips = serviceChips(viewer, download.show);
  const moment = new MomentForm(viewer, toolButton("history", gettext("Go to a time"), () => {}));
  const search = new LogSearch(viewer, toolButton("search", gettext("Search all stored lines"), () => {}));
  const view = new ViewForm(viewer, toolButton("adjustments", gettext("View"), () => {}));
  const volume = new VolumeStrip(viewer, toolButton("chart-histogram", gettext("How much was logged when"), () => {}));
  const tools = element(
    "div",
    { className: "log-tools", attributes: { role: "toolbar", "aria-label": gettext("Logs") } },
    levelFilter(viewer),
    search.toggle,
    moment.toggle,
    volume.toggle,
    pause.button,
    toggleButton(root, "text-wrap", gettext("Wrap long lines"), "wrap"),
    toggleButton(root, "clock", gettext("Show timestamps"), "timestamps"),
    view.toggle,
    toolButton("trash", gettext("Clear"), () => viewer.clear()),
    download.link,
  );
  root.classList.add("logs");
  root.replaceChildren(
    element("div", { className: "log-bar-top" }, chips.box, tools),
    moment.form,
    view.form,
    volume.box,
    search.form,
    search.results,
    problem,
    element("div", { className: "log-frame" }, older, list, empty, pill),
  );
  return { list, pill, pillText, older, problem, empty, showPaused: pause.show, showService: chips.add };
}
