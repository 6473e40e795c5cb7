// Builds static/dist from static/src: modules, one style sheet (and the admin's) and one icon sprite. Run by `make run` and `make test`.
//
//   node scripts/build-frontend.mjs            minified, once
//   node scripts/build-frontend.mjs --watch    readable, with source maps, rebuilt on every change
//   node scripts/build-frontend.mjs --sizes    also prints each file's size, plain and compressed

import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { mkdirSync, readdirSync, readFileSync, statSync, watch } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "static/src");
const target = join(root, "static/dist");
const kit = join(root, "node_modules/@tabler/core/dist/css/tabler.css");
const icons = join(root, "node_modules/@tabler/icons/icons");

const watching = process.argv.includes("--watch");
const shared = {
  bundle: true,
  minify: !watching,
  sourcemap: watching ? "inline" : false,
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
};

/** Every file below `folder` whose name ends in one of `endings`. */
function filesBelow(folder, ...endings) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path, ...endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

// Only the editor is split, into what it loads when a language asks for it. A chunk that app.js shares with others would
// be asked for only after app.js has been read: a round trip later on every first visit, for a kilobyte or two.
const modules = { app: false, events: false, logs: false, stats: false, terminal: false, usage: false, editor: true };

async function buildModules() {
  const builds = Object.entries(modules).map(([name, splitting]) =>
    esbuild.build({
      ...shared,
      entryPoints: [join(source, `${name}.js`)],
      outdir: target,
      format: "esm",
      splitting,
      chunkNames: "chunk-[hash]",
    }),
  );
  await Promise.all(builds);
  // Runs before the first paint, hence a classic script of its own.
  await esbuild.build({ ...shared, entryPoints: [join(source, "theme.js")], outdir: target, format: "iife" });
  await esbuild.build({ ...shared, entryPoints: [join(source, "admin.css")], outdir: target });
}

/** The CSS kit without the rules no page of ours can use; a class counts as used where its whole name is written. */
async function usedPartOfKit() {
  const content = [
    ...filesBelow(join(root, "templates"), ".html"),
    ...filesBelow(join(root, "projects"), ".py"),
    ...filesBelow(source, ".js"),
  ];
  const [{ css }] = await new PurgeCSS().purge({
    content,
    css: [kit],
    keyframes: true,
    fontFace: true,
    safelist: { standard: [/^show$/, /^active$/, /^disabled$/, /^is-invalid$/], greedy: [/data-bs-theme/] },
  });
  return css;
}

async function buildStyles() {
  const sheets = filesBelow(join(source, "styles"), ".css").sort();
  const imports = ["kit", ...sheets].map((sheet) => `@import ${JSON.stringify(sheet)};`).join("\n");
  const css = await usedPartOfKit();
  const kitPlugin = {
    name: "kit",
    setup(build) {
      build.onResolve({ filter: /^kit$/ }, () => ({ path: kit, namespace: "kit" }));
      build.onLoad({ filter: /.*/, namespace: "kit" }, () => ({ contents: css, loader: "css" }));
    },
  };
  await esbuild.build({
    ...shared,
    stdin: { contents: imports, loader: "css", resolveDir: source, sourcefile: "app.css" },
    outfile: join(target, "app.css"),
    plugins: [kitPlugin],
  });
}

/** One symbol `#icon-NAME` for each line of icons.txt: `player-play`, or `filled/player-play` (`#icon-filled-player-play`). */
async function buildIcons() {
  await copyFile(join(source, "icon.svg"), join(target, "icon.svg"));
  const names = (await readFile(join(source, "icons.txt"), "utf8")).split("\n").map((line) => line.trim());
  const symbols = await Promise.all(names.filter((name) => name && !name.startsWith("#")).map(iconSymbol));
  await writeFile(
    join(target, "icons.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`,
  );
}

async function iconSymbol(name) {
  const filled = name.startsWith("filled/");
  const svg = await readFile(join(icons, `${filled ? name : `outline/${name}`}.svg`), "utf8").catch(() => {
    throw new Error(`static/src/icons.txt names "${name}", which @tabler/icons does not have (see https://tabler.io/icons)`);
  });
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\n\s*/g, "");
  const paint = filled
    ? 'fill="currentColor"'
    : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="icon-${name.replace("/", "-")}" viewBox="0 0 24 24" ${paint}>${shapes}</symbol>`;
}

async function build() {
  const started = performance.now();
  mkdirSync(target, { recursive: true });
  const before = await readdir(target);
  const begun = Date.now();
  await Promise.all([buildModules(), buildStyles(), buildIcons(), copyFile(join(source, "icon.svg"), join(target, "icon.svg"))]);
  // Only what this build did not write is removed: a page that is being served keeps its files.
  const stale = before.filter((name) => statSync(join(target, name)).mtimeMs < begun - 5);
  await Promise.all(stale.map((name) => rm(join(target, name), { recursive: true })));
  console.log(`built ${relative(root, target)} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function printSizes() {
  for (const path of filesBelow(target, ".js", ".css", ".svg").sort()) {
    const bytes = readFileSync(path);
    const row = [bytes.length, gzipSync(bytes).length, brotliCompressSync(bytes).length];
    console.log(`${relative(target, path).padEnd(24)} ${row.map((n) => String(n).padStart(8)).join(" ")}`);
  }
}

function watchSources() {
  let timer;
  const rebuild = () => {
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 100);
  };
  for (const folder of [source, join(root, "templates")]) watch(folder, { recursive: true }, rebuild);
}

try {
  await build();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
if (process.argv.includes("--sizes")) printSizes();
if (watching) watchSources();
