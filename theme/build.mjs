// Builds the theme's style sheet, scripts and images into theme/static/:
//
//     node theme/build.mjs            once; nothing happens if nothing changed
//     node theme/build.mjs --watch    again whenever a source changes
//
// Every file carries a digest of its bytes in its name, so that browsers may keep it for ever;
// manifest.json says which name "site.css" has today, and holds the outlines of the states for the plugin.
// Same sources, same bytes.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, parse, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const OUTPUT = "theme/static";
const USWDS = "node_modules/@uswds/uswds";
// For pictures with letters (plugins/events/pictures.py); pages load no font.
const FONT = `${USWDS}/dist/fonts/public-sans/PublicSans-Bold.ttf`;

// All that a build depends on. The packages are in it through the lock file.
const SOURCE_FILES = ["package-lock.json", "theme/build.mjs", "theme/map.mjs"];
const SOURCE_FOLDERS = {
  "theme/styles": /\.scss$/,
  "theme/scripts": /\.js$/,
  "theme/images": /^[^.]/, // all but hidden files
  "plugins/events/locale": /\.po$/,
  // Only for the class names they use:
  "theme/templates": /\.html$/,
  plugins: /\.py$/,
  content: /\.md$/,
};

// A style sheet that pages load has no underscore before its name; index.scss becomes site.css.
const SHEET = /^theme\/styles\/[^_/][^/]*\.scss$/;
// A script that pages load lies in theme/scripts/ itself; what is only imported lies in a folder below.
const ENTRY = /^theme\/scripts\/[^/]+\.js$/;
const CATALOGUE = /^plugins\/events\/locale\/([^/]+)\/LC_MESSAGES\/events\.po$/;
const catalogueOf = (language) => `plugins/events/locale/${language}/LC_MESSAGES/events.po`;
const NAMES_CLASSES = /\.(html|js|py|md)$/;

// Classes that end with a value of a record: `leaf--in-person`, `badge--cancelled`.
const VALUES_OF_RECORDS = [/^leaf--/, /^badge--/];

// USWDS's scripts add these to the page; no source of ours has to name them.
const CLASSES_OF_SCRIPTS = [
  "is-safari",
  "is-visible",
  "usa-banner__header--expanded",
  "usa-focus",
  "usa-js-loading",
  "usa-js-mobile-nav--active",
  "usa-js-no-click",
];
// Markdown makes these out of signs; the words are in no source either.
const ELEMENTS_OF_MARKDOWN =
  "a blockquote br code dd dl dt em h1 h2 h3 h4 h5 h6 hr img li ol p pre strong sup table tbody td th thead tr ul";
// Their values change while the page is open, or come from data.
const ATTRIBUTES = ["aria-current", "aria-expanded", "aria-hidden", "aria-pressed", "aria-sort", "hidden", "href", "type"];

// Lightning CSS writes a version as one number, eight bits a part.
const TARGETS = { chrome: 109 << 16, firefox: 115 << 16, safari: (16 << 16) | (4 << 8) };

function readSources() {
  const paths = [...SOURCE_FILES];
  for (const [folder, wanted] of Object.entries(SOURCE_FOLDERS)) {
    if (!existsSync(folder)) continue;
    // With types: without them Node asks the disk again for every name, 45 ms instead of 6 for 10,000 records.
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      // `path` was the name of `parentPath` before Node 20.12. Links are left out: editors make dangling ones.
      if (entry.isFile() && wanted.test(entry.name)) paths.push(`${entry.parentPath ?? entry.path}/${entry.name}`);
    }
  }
  return new Map(paths.sort().map((path) => [path, readFileSync(path)]));
}

function digestOf(sources) {
  const hash = createHash("sha256");
  for (const [path, bytes] of sources) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
}

function isBuilt(inputs) {
  try {
    const manifest = JSON.parse(readFileSync(`${OUTPUT}/manifest.json`, "utf8"));
    return manifest.inputs === inputs && Object.values(manifest.files).every((file) => existsSync(`${OUTPUT}/${file}`));
  } catch {
    return false;
  }
}

// The files of one build, in memory: nothing is written before all of them are there.
class Files {
  names = {};
  bytes = new Map();
  colours = {};

  // Returns the name, with its digest, under which `folder` will hold the file.
  add(folder, name, bytes) {
    const { dir, name: stem, ext } = parse(name);
    const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    const file = `${folder}/${dir ? `${dir}/` : ""}${stem}.${digest}${ext}`;
    this.names[name] = file;
    this.bytes.set(file, bytes);
    return file;
  }

  publish(inputs, map) {
    const files = Object.fromEntries(Object.entries(this.names).sort(([a], [b]) => (a < b ? -1 : 1)));
    this.bytes.set(basename(FONT), readFileSync(FONT));
    this.bytes.set("manifest.json", `${JSON.stringify({ inputs, files, map, colours: this.colours, font: basename(FONT) }, null, 2)}\n`);
    const next = `${OUTPUT}.new`;
    rmSync(next, { recursive: true, force: true });
    for (const [file, bytes] of this.bytes) {
      mkdirSync(dirname(`${next}/${file}`), { recursive: true });
      writeFileSync(`${next}/${file}`, bytes);
    }
    rmSync(OUTPUT, { recursive: true, force: true });
    renameSync(next, OUTPUT);
  }
}

async function buildStyles(path, sources, files) {
  const { compileAsync } = await import("sass-embedded");
  const { PurgeCSS } = await import("purgecss");
  const { transform } = await import("lightningcss");

  const { css } = await compileAsync(path, { loadPaths: [`${USWDS}/packages`], quietDeps: true });

  const [purged] = await new PurgeCSS().purge({
    css: [{ raw: css }],
    content: [...sources]
      .filter(([path]) => NAMES_CLASSES.test(path))
      .map(([path, bytes]) => ({ raw: bytes.toString(), extension: parse(path).ext })),
    // With and without a colon: `tablet:grid-col-6` is a class, `usa-tag:` is one and a colon.
    defaultExtractor: (text) => [...(text.match(/[\w-]+/g) ?? []), ...(text.match(/[\w-]+:[\w:-]+/g) ?? [])],
    safelist: [...CLASSES_OF_SCRIPTS, ...ELEMENTS_OF_MARKDOWN.split(" "), ...VALUES_OF_RECORDS],
    dynamicAttributes: ATTRIBUTES,
  });

  const name = parse(path).name === "index" ? "site.css" : `${parse(path).name}.css`;
  const plain = purged.css.replace(/--brand-(\w+):\s*([^;]*);/g, (whole, colour, value) => {
    files.colours[colour] = value;
    return "";
  });
  const { code, dependencies } = transform({
    filename: name,
    code: Buffer.from(withoutDropDowns(plain)),
    minify: true,
    targets: TARGETS,
    analyzeDependencies: true, // puts a placeholder for each url()
  });
  let text = inScheme(code.toString(), (css) => transform({ filename: name, code: Buffer.from(css), minify: true, targets: TARGETS }).code.toString());
  for (const { url, placeholder } of dependencies) {
    text = text.replaceAll(placeholder, url.startsWith("../img/") ? `../${addImage(url.slice(7), files)}` : url);
  }
  files.add("css", name, text);
}

// The menu has no drop-downs, but it is a list and there are buttons, which is all that the purge can see. What is no
// button (`a:not(.usa-button)`) are its links.
function withoutDropDowns(css) {
  const dropDown = /usa-nav__primary.*((?<!:not\(\.usa-)button|usa-accordion)/;
  return css.replace(/[^{}]*\{[^{}]*\}/g, (rule) => (rule.split("{")[0].split(",").every((part) => dropDown.test(part)) ? "" : rule));
}

// Puts the properties of theme/styles/_scheme.scss in the place of the colours that they hold in light, by what a
// declaration colours; a rule that masks a shape paints with its background.
function inScheme(css, minified) {
  const light = new Map();
  for (const [, property, value] of (/:root\{([^}]*)\}/.exec(css)?.[1] ?? "").matchAll(/(--(?:text|ground|line)[\w-]*):([^;]*)/g)) {
    const colour = /color:([^}]*)/.exec(minified(`a{color:${value}}`))[1];
    const key = `${property.split("-")[2]} ${colour}`;
    if (!light.has(key)) light.set(key, `var(${property})`);
  }
  const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:white|black|red|gray)\b/g;
  const put = (value, ...kinds) =>
    value.replace(COLOUR, (colour) => kinds.map((kind) => light.get(`${kind} ${colour}`)).find(Boolean) ?? colour);
  return css.replace(/([^{}]*)\{([^{}]*)\}/g, (whole, selector, declarations) => {
    if (selector.includes(":root")) return whole;
    const shape = /mask/.test(declarations) || /:(before|after)/.test(selector);
    const changed = declarations.replace(/(^|;)([\w-]+):([^;]*)/g, (declaration, start, name, value) => {
      let kinds;
      if (/^(-webkit-text-fill-)?color$/.test(name) || name === "stroke") kinds = ["text"];
      else if (/^background(-color)?$|^fill$/.test(name)) kinds = shape ? ["text", "ground"] : ["ground"];
      else if (/^border|^outline|^box-shadow/.test(name)) kinds = ["line", "text"];
      return kinds ? `${start}${name}:${put(value, ...kinds)}` : declaration;
    });
    return `${selector}{${changed}}`;
  });
}

function addImage(name, files) {
  const path = [`theme/images/${name}`, `${USWDS}/dist/img/${name}`].find((candidate) => existsSync(candidate));
  if (!path) throw new Error(`theme/styles: no image ${name} in theme/images or in USWDS`);
  const bytes = readFileSync(path);
  if (!path.startsWith("theme/images/") || !name.endsWith(".svg")) return files.add("img", name, bytes);
  return files.add("img", name, bytes.toString().replace(/var\(--brand-(\w+)\)/g, (whole, colour) => files.colours[colour] ?? whole));
}

// Puts every `say("…")` into a language while the scripts are bundled.
function inLanguage(texts) {
  return {
    name: "language",
    setup({ onLoad }) {
      onLoad({ filter: /theme\/scripts\/.*\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replace(/(?<=\bsay\(\s*)"(?:[^"\\]|\\.)*"/g, (literal) => {
          const text = JSON.parse(literal);
          return JSON.stringify(texts[text]?.msgstr[0] || text);
        }),
      }));
    },
  };
}

async function buildScripts(sources, files) {
  const { build } = await import("esbuild");
  const { po } = await import("gettext-parser");
  for (const language of ["en", ...[...sources.keys()].map((path) => CATALOGUE.exec(path)?.[1]).filter(Boolean)]) {
    const texts = language === "en" ? {} : po.parse(sources.get(catalogueOf(language))).translations[""];
    const { outputFiles } = await build({
      entryPoints: [...sources.keys()].filter((path) => ENTRY.test(path)),
      bundle: true,
      minify: true,
      target: "es2020",
      charset: "utf8",
      format: "iife",
      outdir: "js",
      write: false,
      logLevel: "silent", // `explain` reports
      plugins: [inLanguage(texts)],
    });
    for (const { path, contents } of outputFiles) {
      files.add("js", language === "en" ? basename(path) : basename(path, ".js") + `.${language}.js`, contents);
    }
  }
}

async function build(sources, inputs) {
  const started = performance.now();
  const files = new Files();
  const sheets = [...sources.keys()].filter((path) => SHEET.test(path));
  await Promise.all([...sheets.map((path) => buildStyles(path, sources, files)), buildScripts(sources, files)]);
  for (const path of sources.keys()) {
    if (path.startsWith("theme/images/")) addImage(path.slice("theme/images/".length), files);
  }
  const { stateMap } = await import("./map.mjs");
  files.publish(inputs, stateMap());
  console.log(`theme built: ${files.bytes.size} files in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

// What went wrong and where, as `path:line:col: message` if the tool says so.
function explain(error) {
  if (error.span?.url) {
    const { url, start } = error.span;
    const path = relative(".", fileURLToPath(url));
    return `${path}:${start.line + 1}:${start.column + 1}: ${error.sassMessage}\n${error.sassStack}`;
  }
  if (error.errors) {
    return error.errors
      .map(({ text, location: at }) => (at ? `${at.file}:${at.line}:${at.column + 1}: ${text}` : text))
      .join("\n");
  }
  return error.message;
}

let seen;

// Builds if the sources are not those of the last build; a failed build leaves the last good one.
async function update() {
  try {
    const sources = readSources();
    const inputs = digestOf(sources);
    if (inputs === seen) return;
    seen = inputs;
    if (isBuilt(inputs)) console.log("theme is up to date");
    else await build(sources, inputs);
  } catch (error) {
    console.error(explain(error));
    process.exitCode = 1;
  }
}

await update();
if (process.argv.includes("--watch")) {
  // Looking twice a second takes 2% of a core; fs.watch takes one inotify handle for every file below a
  // folder, 10,000 of them in content/.
  for (;;) {
    await sleep(500);
    await update();
  }
}
