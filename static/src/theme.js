// Sets light or dark, and whether usage is shown, before the first paint: a page never flashes nor jumps.
import { applyTheme, chosenTheme } from "./page/theme.js";
import { showUsage, wantsUsage } from "./stats/choice.js";

applyTheme(chosenTheme());
showUsage(wantsUsage());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => applyTheme(chosenTheme()));
addEventListener("storage", () => applyTheme(chosenTheme()));
