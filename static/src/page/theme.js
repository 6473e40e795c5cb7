const KEY = "theme";

/** "light", "dark" or "system", as last chosen in this browser. */
export function chosenTheme() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system"; // storage is blocked
  }
}

export function applyTheme(choice) {
  const dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
}

export function chooseTheme(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // storage is blocked: the choice holds for this page
  }
  applyTheme(choice);
  showChoice(choice);
}

function showChoice(choice) {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  }
}

/** Makes every `data-theme-choice` button choose its theme. */
export function watchThemeButtons() {
  showChoice(chosenTheme());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) chooseTheme(button.dataset.themeChoice);
  });
}
