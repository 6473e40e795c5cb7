import { remember, remembered } from "../page/remembered.js";

const KEY = "live-usage";

/** Whether this person wants to see what containers use on the overview. */
export function wantsUsage() {
  return remembered(KEY, false);
}

export function chooseUsage(wanted) {
  remember(KEY, wanted);
  showUsage(wanted);
}

/** Makes room for it, or takes it back; before the first paint, so that nothing jumps. */
export function showUsage(wanted) {
  document.documentElement.toggleAttribute("data-usage-shown", wanted);
}
