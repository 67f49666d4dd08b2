// "Builds if needed", in front of every npm command that starts the apps as processes: the types are checked, and what has changed
// is bundled anew. When all is built it costs half a second.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isBundled } from "./bundle.js";
import { oneAtATime } from "./one-at-a-time.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  oneAtATime("build", build);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function build() {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  runNode([compiler, "-b"], "The sources do not compile");
  // The compiler writes one of these for each workspace whose sources have changed.
  const workspaces = ["packages", "apps"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  );
  const changing = workspaces.map((workspace) => join(workspace, "tsconfig.tsbuildinfo"));
  if (!isBundled([...changing, "package-lock.json", "deploy/migrate.js"])) {
    runNode([join("bin", "bundle.js")], "The sources could not be bundled");
  }
}

function runNode(args, failed) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${failed}; nothing was started.\n${stdout ?? ""}${stderr ?? ""}`);
}
