/** A yes or no that this browser remembers under `key`. */
export function remembered(key, otherwise) {
  try {
    const value = localStorage.getItem(key);
    return value === null ? otherwise : value === "yes";
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value ? "yes" : "no");
  } catch {
    // storage is blocked: it holds for this page
  }
}

/** One of `choices` that this browser remembers under `key`. */
export function rememberedChoice(key, choices, otherwise) {
  try {
    const value = localStorage.getItem(key);
    return choices.includes(value) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

export function rememberChoice(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // storage is blocked: it holds for this page
  }
}

/** A text that this browser remembers under `key`. */
export function rememberedText(key, otherwise) {
  try {
    return localStorage.getItem(key) ?? otherwise;
  } catch {
    return otherwise;
  }
}
