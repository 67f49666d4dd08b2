// Servers that an earlier, killed start left running on a data folder: found by that folder, and stopped before the next start.
import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const orderlyMsMax = 10_000;
const pollMs = 25;

/** Marks the processes of one data folder in process lists; they are found by it when their starter is gone. */
export function dataFolderArgument(dataDir: string): string {
  return `--data-dir=${dataDir}`;
}

/** Pids of the other processes whose binary is named like `program`, and which work in `folder` or were started with it as an argument. */
export async function processesOf(folder: string, program: RegExp): Promise<number[]> {
  if (process.platform !== "linux") return processesByPs(folder, program);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await belongs(pid, folder, program)) ? pid : 0)));
  return found.filter((pid) => pid > 0 && pid !== process.pid);
}

/** Stops what still runs on `folder`: `signal` first, SIGKILL after 10 s. Returns how many there were. */
export async function endOrphans(orphans: {
  folder: string;
  program: RegExp;
  signal: NodeJS.Signals;
}): Promise<number> {
  const { folder, program, signal } = orphans;
  const first = await processesOf(folder, program);
  for (const pid of first) send(pid, signal);
  const killAt = Date.now() + orderlyMsMax;
  for (let left = first; left.length > 0; left = await processesOf(folder, program)) {
    if (Date.now() > killAt) for (const pid of left) send(pid, "SIGKILL");
    await delay(pollMs);
  }
  return first.length;
}

async function belongs(pid: number, folder: string, program: RegExp): Promise<boolean> {
  try {
    const [executable, cwd, commandLine] = await Promise.all([
      readlink(`/proc/${pid}/exe`),
      readlink(`/proc/${pid}/cwd`),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    if (!program.test(basename(executable.replace(/ \(deleted\)$/, "")))) return false;
    return cwd === folder || commandLine.split("\0").includes(folder);
  } catch {
    // Gone meanwhile, or of another account: not one of ours.
    return false;
  }
}

async function processesByPs(folder: string, program: RegExp): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,command="]);
  return stdout
    .split("\n")
    .filter((line) => line.includes(folder) && program.test(basename(line.trim().split(/\s+/)[1] ?? "")))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid > 0 && pid !== process.pid);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}
