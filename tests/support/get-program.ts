// A program for machines without it: the system's own packages, fetched and unpacked into a folder of ours. Nothing is installed, no
// rights are needed, and where it cannot be had the tests that need it are skipped.
import { execFile } from "node:child_process";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bareEnvironment } from "./config.ts";
import { findsItsOwn, firstLine, unpackPackages } from "./unpack-packages.ts";

const run = promisify(execFile);
const fetchMsMax = 150_000;
const startMsMax = 30_000;

/** A program, and where Debian and Ubuntu have it. */
export interface Wanted {
  readonly name: string;
  /** With what it needs beyond that and is never missing on a whole system. */
  readonly packages: readonly string[];
  /** Where the packages put it. */
  readonly path: string;
  /** With these arguments it ends at once, and says `says`. */
  readonly tryWith: readonly string[];
  readonly says: RegExp;
}

/** The server's binary is in the tools package. */
export const redisServer: Wanted = {
  name: "redis-server",
  packages: ["redis-server", "redis-tools"],
  path: "usr/bin/redis-server",
  tryWith: ["--version"],
  says: /v=\d+/,
};

/** Large. */
export const chromium: Wanted = {
  name: "chromium",
  packages: ["chromium", "chromium-common", "fonts-liberation"],
  path: "usr/lib/chromium/chromium",
  // Without a page it only starts and ends.
  tryWith: ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "data:text/html,<p>alive"],
  says: /alive/,
};

export const pgbouncer: Wanted = {
  name: "pgbouncer",
  packages: ["pgbouncer"],
  path: "usr/sbin/pgbouncer",
  tryWith: ["--version"],
  says: /PgBouncer \d/,
};

/** Returns the folder that holds the program, fetching it into `cache` when it is not there yet; or says in words why not. */
export async function getProgram(cache: string, wanted: Wanted): Promise<{ folder: string } | { reason: string }> {
  const folder = join(cache, "bin");
  const program = join(folder, wanted.name);
  if (await works(program, wanted)) return { folder };
  const limit = AbortSignal.timeout(fetchMsMax);
  try {
    await rm(cache, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await unpackPackages(cache, wanted.packages, limit);
    const root = join(cache, "root");
    await writeFile(program, `#!/bin/sh\n${findsItsOwn(root)}\nexec '${join(root, wanted.path)}' "$@"\n`);
    await chmod(program, 0o755);
    if (!(await works(program, wanted))) throw new Error("what was unpacked does not run");
    return { folder };
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    return { reason: limit.aborted ? `it took longer than ${fetchMsMax / 1000} s` : firstLine(error) };
  }
}

/** Says whether a program is there and runs. */
async function works(program: string, { tryWith, says }: Wanted): Promise<boolean> {
  return run(program, [...tryWith], { env: bareEnvironment(), timeout: startMsMax }).then(
    ({ stdout }) => says.test(stdout),
    () => false,
  );
}
