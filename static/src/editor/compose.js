import { autocompletion } from "@codemirror/autocomplete";
import { hoverTooltip } from "@codemirror/view";

const NAME = /(^|[./-])compose([./_-][^/]*)?\.ya?ml$/;
const SECTION = /^(services|include):/m;

/** Whether a file is a Compose file: by its name, or by what it begins its lines with. */
export function isComposeFile(path, text) {
  return NAME.test(path) || (/\.ya?ml$/.test(path) && SECTION.test(text));
}

const fetched = () => import("./compose/help.js");

/** Completion and explanations for Compose files; `url` is where the server keeps its vocabulary. */
export function composeHelp(url) {
  return [
    autocompletion({ override: [async (context) => (await fetched()).complete(context, url)], icons: false }),
    hoverTooltip(async (view, pos) => (await fetched()).explain(view, pos, url)),
  ];
}
