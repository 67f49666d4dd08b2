// Two starters at once: the second waits for the first, and then mostly finds everything done. Plain JavaScript without
// dependencies, because it runs before there are any.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const waitMsMax = 15 * 60_000;
const waitStepMs = 200;
/** A lock without its owner's name is somebody's who is just taking it, or died taking it. */
const namelessMsMax = 10_000;

/** Does `work` under a lock of that name. Throws when the other one does not end, and what `work` throws. */
export function oneAtATime(name, work) {
  const busyFolder = join(root, ".cache", `${name}.lock`);
  const deadline = Date.now() + waitMsMax;
  mkdirSync(dirname(busyFolder), { recursive: true });
  while (!takeTurn(busyFolder)) {
    if (Date.now() > deadline)
      throw new Error(`Another ${name} seems to hang: remove ${busyFolder} when none is running.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitStepMs);
  }
  try {
    work();
  } finally {
    rmSync(busyFolder, { recursive: true, force: true });
  }
}

function takeTurn(busyFolder) {
  const owner = join(busyFolder, "pid");
  try {
    mkdirSync(busyFolder);
    writeFileSync(owner, String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    // Whoever held it may have been killed: then nobody has that number any more.
    if (isAbandoned(owner, busyFolder)) rmSync(busyFolder, { recursive: true, force: true });
    return false;
  }
}

function isAbandoned(owner, busyFolder) {
  try {
    process.kill(Number(readFileSync(owner, "utf8")), 0);
    return false;
  } catch (error) {
    if (error.code === "ENOENT")
      return Date.now() - (statSync(busyFolder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > namelessMsMax;
    return error.code === "ESRCH";
  }
}
