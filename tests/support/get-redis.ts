// A redis-server for machines without one: the system's own packages, fetched and unpacked into a folder of ours. Nothing is installed,
// no rights are needed, and where it cannot be had the tests that need it are skipped.
import { execFile } from "node:child_process";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { findRedisServer } from "@inventory-sync/local";
import { bareEnvironment } from "./config.ts";
import { findsItsOwn, firstLine, unpackPackages } from "./unpack-packages.ts";

const run = promisify(execFile);
const totalMsMax = 120_000;
/** Debian and Ubuntu put the server's binary into the tools package. */
const packages = ["redis-server", "redis-tools"];

/** Returns the folder that holds a working redis-server, fetching it into `cache` when it is not there yet; or says in words why not. */
export async function getRedis(cache: string): Promise<{ folder: string } | { reason: string }> {
  const folder = join(cache, "bin");
  const program = join(folder, "redis-server");
  if (findRedisServer(program) && (await works(program))) return { folder };
  const limit = AbortSignal.timeout(totalMsMax);
  try {
    await rm(cache, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await unpackPackages(cache, packages, limit);
    await writeFile(program, starter(join(cache, "root")));
    await chmod(program, 0o755);
    if (!(await works(program))) throw new Error("what was unpacked does not run");
    return { folder };
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    return { reason: limit.aborted ? `it took longer than ${totalMsMax / 1000} s` : firstLine(error) };
  }
}

/** A shell script in front of the binary. */
function starter(root: string): string {
  return `#!/bin/sh\n${findsItsOwn(root)}\nexec '${root}/usr/bin/redis-server' "$@"\n`;
}

async function works(program: string): Promise<boolean> {
  return run(program, ["--version"], { env: bareEnvironment() }).then(
    ({ stdout }) => /v=\d+/.test(stdout),
    () => false,
  );
}
