// PostgreSQL refuses to run as root. As root it runs as an account that has no rights, in folders that account can reach.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { chmod, cp, lstat, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RunAs } from "./private-server.ts";

/** Where things go that must be reachable for every account and outlive a restart of the machine. */
const sharedFolder = "/var/tmp";
/** Other accounts pass through to what is theirs, and see nothing of the rest. */
export const throughOnly = 0o711;

/** The account that PostgreSQL runs as: our own when we are not root, else the account `postgres` when there is one, else `nobody`. */
export function unprivilegedAccount(): RunAs {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const account = ["postgres", "nobody"].map((name) => accounts.find((fields) => fields[0] === name)).find(Boolean);
  const uid = Number(account?.[2]);
  const gid = Number(account?.[3]);
  if (!(uid > 0) || !(gid > 0)) {
    throw new Error(
      "PostgreSQL does not run as root and this system has neither a postgres nor a nobody account: start as another user.",
    );
  }
  return { uid, gid };
}

/**
 * The folder itself when `runAs` can enter it, else one under /var/tmp that belongs to it (always the same one for the same folder).
 * `say` is told when it moved.
 */
export async function reachableFolder(folder: string, runAs: RunAs, say: (line: string) => void): Promise<string> {
  const isNew = mkdirSync(folder, { recursive: true }) !== undefined;
  if (isNew && runAs.uid !== undefined) chmodSync(folder, throughOnly);
  const real = realpathSync(folder);
  if (canEnter(real, runAs)) return real;
  const moved = join(sharedFolder, `inventory-sync-${createHash("sha256").update(real).digest("hex").slice(0, 16)}`);
  await mkdir(moved, { recursive: true, mode: throughOnly });
  const isOurs = await isOurFolder(moved);
  if (isOurs) await chmod(moved, throughOnly);
  if (!isOurs || !canEnter(moved, runAs)) {
    throw new Error(
      `${moved} is needed for the database because ${folder} is closed to other accounts, but it is not ours: remove it or set DATA_DIR.`,
    );
  }
  writeFileSync(join(real, "moved-to.txt"), `${moved}\n`);
  say(`The database is kept in ${moved}: PostgreSQL does not run as root, and other accounts cannot reach ${folder}.`);
  return moved;
}

/** The PostgreSQL binaries where `runAs` can run them: where npm put them, or a copy under /var/tmp. `version` names the copy. */
export async function reachableBinaries(native: string, version: string, runAs: RunAs): Promise<string> {
  if (canEnter(join(native, "bin"), runAs)) return native;
  const copy = join(sharedFolder, `inventory-sync-postgres-${version}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  if (!(await isOurFolder(copy))) throw new Error(`${copy} is not ours: remove it.`);
  return copy;
}

/** Other accounts may write below /var/tmp: neither a link nor a folder of theirs is taken. */
async function isOurFolder(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isDirectory() && found.uid === process.getuid?.();
}

function canEnter(folder: string, runAs: RunAs): boolean {
  if (runAs.uid === undefined) return true;
  return spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", folder], { ...runAs, cwd: "/", stdio: "ignore" }).status === 0;
}
