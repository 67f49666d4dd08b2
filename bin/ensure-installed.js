// "Installs if needed", in front of every npm command: the dependencies of the lock file, and the database client of the schema.
// Plain JavaScript without dependencies, because it runs before there are any. Says and does nothing when all is there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isGenerated } from "./generate.js";
import { oneAtATime } from "./one-at-a-time.js";
import { isLinked, linkPostgres } from "./postgres-links.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, "package-lock.json");
const installedFile = join(root, "node_modules", ".package-lock.json");
const stampFile = join(root, "node_modules", ".inventory-sync-installed");
/** npm writes its two lock files one after the other, in either order. */
const toleranceMs = 10_000;
const nodeMin = [20, 19];

try {
  checkNode();
  if (!isInstalled() || !isLinked(root) || !isGenerated()) oneAtATime("install", installAndGenerate);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])) {
    throw new Error(`Node ${nodeMin.join(".")} or newer is needed; this is ${process.versions.node}.`);
  }
}

function isInstalled() {
  if (!existsSync(installedFile)) return false;
  if (statSync(installedFile).mtimeMs + toleranceMs >= statSync(lockFile).mtimeMs) return true;
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockStamp();
}

function lockStamp() {
  return createHash("sha256").update(readFileSync(lockFile)).digest("hex");
}

function installAndGenerate() {
  const installing = !isInstalled();
  if (installing) install();
  linkPostgres(root);
  if (installing || !isGenerated()) {
    run(process.execPath, [join(root, "bin", "generate.js")], "The database client could not be generated");
  }
}

function install() {
  process.stderr.write("Installing the dependencies of package-lock.json ...\n");
  // No install script runs, whatever npm's version: only npm 11 knows the list of those that may. None is needed.
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm ci refuses a lock file that was written where packages for other systems could not be seen; npm install takes it as it is.
  const attempts = [
    ["ci", ...quiet],
    ["install", "--no-save", ...quiet],
  ];
  const said = [];
  for (const args of attempts) {
    const result = npm(args);
    if (result.status === 0) return writeFileSync(stampFile, lockStamp());
    said.push(`npm ${args[0]}: ${result.stderr ?? result.error?.message ?? ""}`);
  }
  throw new Error(`The dependencies could not be installed.\n${said.join("\n")}`);
}

function npm(args) {
  const script = process.env.npm_execpath;
  const [program, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  return spawnSync(program, [...first, ...args], { cwd: root, encoding: "utf8" });
}

function run(program, args, failure) {
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${failure}:\n${result.stderr ?? ""}`);
}
