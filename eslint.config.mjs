import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["static/src/**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
  },
  {
    files: ["scripts/**/*.mjs", "tests/frontend/**/*.mjs", "eslint.config.mjs"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.node },
  },
  {
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Text from engines and files is hostile: use textContent." },
        { property: "outerHTML", message: "Text from engines and files is hostile: use textContent." },
        { property: "insertAdjacentHTML", message: "Text from engines and files is hostile: use textContent." },
      ],
      "prefer-const": "error",
      "no-var": "error",
      complexity: ["error", 12],
      "max-lines-per-function": ["error", { max: 45, skipBlankLines: true, skipComments: true }],
    },
  },
];
