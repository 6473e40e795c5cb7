import { remember, rememberChoice, remembered, rememberedChoice, rememberedText } from "../page/remembered.js";
import { postJson } from "../page/server.js";

export const SIZES = ["small", "normal", "large"];
export const ZONES = ["local", "utc"];

/**
 * How lines are shown. Kept with the person's account and by this browser; the account's count where there are any, and
 * whoever shows lines listens for changes.
 */
class Preferences extends EventTarget {
  #values = {
    wrap: remembered("logs.wrap", true),
    timestamps: remembered("logs.timestamps", false),
    size: rememberedChoice("logs.size", SIZES, "normal"),
    zone: rememberedChoice("logs.zone", ZONES, "local"),
    dense: remembered("logs.dense", false),
    fold: remembered("logs.fold", true),
    json: remembered("logs.json", true),
    fields: rememberedText("logs.fields", ""),
  };
  #url = "";

  /** Begins with what the page says of the person: `kept` is JSON, `url` takes what they choose. */
  begin({ preferences: kept, preferencesUrl: url }) {
    this.#url = url ?? "";
    Object.assign(this.#values, kept ? JSON.parse(kept) : {});
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    if (typeof value === "boolean") remember(`logs.${name}`, value);
    else rememberChoice(`logs.${name}`, value);
    // Where the server does not take it this browser remembers it all the same.
    if (this.#url) postJson(this.#url, { name, value }).catch(() => {});
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
