import { remember, rememberChoice, remembered, rememberedChoice, rememberedText } from "../page/remembered.js";

export const SIZES = ["small", "normal", "large"];
export const ZONES = ["local", "utc"];

/** How lines are shown. Kept by this browser for all pages; whoever shows lines listens for changes. */
class Preferences extends EventTarget {
  #values = {
    size: rememberedChoice("logs.size", SIZES, "normal"),
    zone: rememberedChoice("logs.zone", ZONES, "local"),
    dense: remembered("logs.dense", false),
    fold: remembered("logs.fold", true),
    json: remembered("logs.json", true),
    fields: rememberedText("logs.fields", ""),
  };

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    if (typeof value === "boolean") remember(`logs.${name}`, value);
    else rememberChoice(`logs.${name}`, value);
    this.dispatchEvent(new CustomEvent("change", { detail: name }));
  }

  /** Names of the fields of JSON lines that are shown; empty for all. */
  get fields() {
    return this.get("fields").split(",").map((name) => name.trim()).filter(Boolean);
  }

  /** The time zone as Intl takes it; undefined for the reader's own. */
  get timeZone() {
    return this.get("zone") === "utc" ? "UTC" : undefined;
  }
}

export const preferences = new Preferences();
