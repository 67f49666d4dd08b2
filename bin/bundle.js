// Makes the apps as they run: each entry in one file below apps/<app>/dist, with what it imports, workspace packages and
// dependencies alike. A process that reads one file instead of 1,200 is up in half the processor time.
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is started as a process or a thread, by the file it becomes. */
const entries = {
  "apps/ingest/dist/main": "apps/ingest/src/main.ts",
  "apps/worker/dist/main": "apps/worker/src/main.ts",
  "apps/worker/dist/resets/staging-thread": "apps/worker/src/resets/staging-thread.ts",
  "apps/board/dist/main": "apps/board/src/main.ts",
  "apps/ops/dist/main": "apps/ops/src/main.ts",
  "apps/ops/dist/migrate": "deploy/migrate.js",
  "apps/local/dist/main": "apps/local/src/main.ts",
  "apps/local/dist/servers/main": "apps/local/src/servers/main.ts",
  "apps/local/dist/shop/main": "apps/local/src/shop/main.ts",
};

/** Read from its own folder when it is needed: programs built for one machine, WebAssembly, and what only a terminal wants. */
const external = [
  "*.node",
  "cpu-features",
  "msgpackr-extract",
  "pg-native",
  "@prisma/schema-engine-wasm",
  "@prisma/client/runtime/query_compiler*",
  "pino-pretty",
];

/** In each bundle: where the repository is, whatever the depth of the bundle's file, and what CommonJS modules find around them. */
const banner = [
  'import { createRequire as requireOfBundle } from "node:module";',
  'import { fileURLToPath as pathOfBundle } from "node:url";',
  'const repositoryOfBundle = import.meta.url.slice(0, import.meta.url.lastIndexOf("/apps/") + 1);',
  "const require = requireOfBundle(import.meta.url);",
  "const __filename = pathOfBundle(import.meta.url);",
  'const __dirname = pathOfBundle(new URL(".", import.meta.url));',
].join("\n");

/** A module finds the files beside it (statements, pages, migrations) by its own place, which a bundle would take from it. */
const ownPlaces = {
  name: "own-places",
  setup(bundle) {
    bundle.onLoad({ filter: /\/(?:apps|packages)\/[^/]+\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.")) return undefined;
      const compiled = relative(root, path).replace("/src/", "/dist/").replace(/\.ts$/, ".js");
      const url = `(repositoryOfBundle + ${JSON.stringify(compiled)})`;
      return { contents: text.replaceAll(/\bimport\.meta\.url\b/g, url), loader: "ts" };
    });
  },
};

/** esbuild's way to keep a name: it defines one on a function each time that one is made, as closures are for each row of a file. */
const namer = /^var __name = (\(\w+, value\) => __defProp\(.*\));$/m;

/** Errors are known by their class's name in logs, which a bundle may have to change: classes keep theirs, and functions cost nothing. */
function keepClassNames(code) {
  if (code.includes("__name(") && !namer.test(code)) throw new Error("esbuild's __name is another: see bin/bundle.js");
  return code
    .replace(namer, "var __name = (named) => named, __className = $1;")
    .replaceAll("__name(this, ", "__className(this, ");
}

/** Writes all bundles anew. @throws Error with esbuild's words for what could not be resolved */
async function bundle() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: source, out })),
    outdir: ".",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external,
    banner: { js: banner },
    plugins: [ownPlaces],
    keepNames: true,
    write: false,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    logLevel: "error",
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith(".js") ? keepClassNames(text) : text);
  }
}

/** Whether every bundle is newer than all that it was made from: `sources` are files that change with it. */
export function isBundled(sources) {
  const newest = Math.max(...sources.map((path) => changedAt(path) ?? 0), changedAt("bin/bundle.js"));
  return Object.keys(entries).every((out) => (changedAt(`${out}.js`) ?? 0) > newest);
}

function changedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await bundle();
