// How slow this machine is now: a limit in milliseconds is meant for one that has nothing else to do.
import { createHash } from "node:crypto";

const work = Buffer.alloc(40_000_000);
/** What the work takes on a quiet core of 2 GHz. */
const usualMs = 32;

/** How many times longer work takes now than on a quiet machine; 1 where it takes no longer. */
export function slowness(): number {
  const begun = performance.now();
  createHash("sha256").update(work).digest();
  return Math.max(1, (performance.now() - begun) / usualMs);
}
