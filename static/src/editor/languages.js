import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import { StreamLanguage, indentUnit } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { json } from "@codemirror/legacy-modes/mode/javascript";
import { nginx } from "@codemirror/legacy-modes/mode/nginx";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";

const stream = (mode) => () => [StreamLanguage.define(mode), indentUnit.of("    ")];

const LANGUAGES = {
  yaml: () => [yaml(), indentUnit.of("  ")],
  python: () => [python(), indentUnit.of("    ")],
  dockerfile: stream(dockerFile),
  json: () => [StreamLanguage.define(json), indentUnit.of("  ")],
  nginx: stream(nginx),
  properties: stream(properties),
  shell: stream(shell),
  toml: stream(toml),
};

/** The extensions for a language as the server names it; plain text for any other. */
export function languageSupport(name) {
  return LANGUAGES[name]?.() ?? [];
}
