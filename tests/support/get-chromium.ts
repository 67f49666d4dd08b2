// A Chromium for machines without one: the system's own packages, as for Redis. It is large; where it cannot be had within the
// limit, the browser's tests are skipped.
import { execFile } from "node:child_process";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bareEnvironment } from "./config.ts";
import { findsItsOwn, firstLine, unpackPackages } from "./unpack-packages.ts";

const run = promisify(execFile);
const totalMsMax = 150_000;
const startMsMax = 30_000;
const packages = ["chromium", "chromium-common", "fonts-liberation"];
/** Without a page it only starts and ends. */
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "data:text/html,<p>alive"];

/** Returns the folder that holds a working chromium, fetching it into `cache` when it is not there yet; or says in words why not. */
export async function getChromium(cache: string): Promise<{ folder: string } | { reason: string }> {
  const folder = join(cache, "bin");
  const program = join(folder, "chromium");
  if (await works(program)) return { folder };
  const limit = AbortSignal.timeout(totalMsMax);
  try {
    await rm(cache, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await unpackPackages(cache, packages, limit);
    const root = join(cache, "root");
    await writeFile(program, `#!/bin/sh\n${findsItsOwn(root)}\nexec '${root}/usr/lib/chromium/chromium' "$@"\n`);
    await chmod(program, 0o755);
    if (!(await works(program))) throw new Error("what was unpacked does not run");
    return { folder };
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    return { reason: limit.aborted ? `it took longer than ${totalMsMax / 1000} s` : firstLine(error) };
  }
}

async function works(program: string): Promise<boolean> {
  return run(program, flags, { env: bareEnvironment(), timeout: startMsMax }).then(
    ({ stdout }) => stdout.includes("alive"),
    () => false,
  );
}
