/** Lets xterm add its style sheets under the page's policy, which wants a nonce with each. */
export function allowStyles() {
  const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
  const create = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const made = create(name, options);
    if (String(name).toLowerCase() === "style") made.nonce = nonce;
    return made;
  };
}

// Sixteen colours each that can be told apart, and read, on the background of light and of dark pages.
const LIGHT = {
  black: "#24292f", red: "#b3261e", green: "#1a6b32", yellow: "#7a5200", blue: "#0b57b0", magenta: "#8a2f9e", cyan: "#0b6a78", white: "#57606a",
  brightBlack: "#57606a", brightRed: "#c9372c", brightGreen: "#1f7a3a", brightYellow: "#8a5d00", brightBlue: "#1f6fd0", brightMagenta: "#9d40b3", brightCyan: "#0f7a8a", brightWhite: "#24292f",
}; // prettier-ignore
const DARK = {
  black: "#3b434d", red: "#ff8a80", green: "#6fd08c", yellow: "#e6c068", blue: "#7db7ff", magenta: "#dba2f0", cyan: "#6fd3e0", white: "#d5dbe2",
  brightBlack: "#8a949f", brightRed: "#ffb0a8", brightGreen: "#98e3ae", brightYellow: "#f2d693", brightBlue: "#a8cfff", brightMagenta: "#e9c4f7", brightCyan: "#a0e6ee", brightWhite: "#ffffff",
}; // prettier-ignore

const isDark = () => document.documentElement.dataset.bsTheme === "dark";

/** The colours of a terminal on the page as it is now. */
export function colours() {
  const background = getComputedStyle(document.documentElement).getPropertyValue("--cu-code-bg").trim();
  const foreground = getComputedStyle(document.body).color;
  return {
    ...(isDark() ? DARK : LIGHT),
    background,
    foreground,
    cursor: foreground,
    cursorAccent: background,
    selectionBackground: isDark() ? "#2f5d80" : "#bcdcef",
  };
}

/** Calls back when the page turns light or dark. */
export function onColours(call) {
  new MutationObserver(call).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

export function monospace() {
  return getComputedStyle(document.documentElement).getPropertyValue("--cu-mono").trim() || "monospace";
}
