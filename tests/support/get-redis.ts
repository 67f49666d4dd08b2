// A redis-server for machines without one: the system's own packages, fetched and unpacked into a folder of ours. Nothing is installed,
// no rights are needed, and where it cannot be had the tests that need it are skipped.
import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { findRedisServer } from "@inventory-sync/local";
import { bareEnvironment } from "./config.ts";

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
    await unpackPackages(cache, limit);
    await writeFile(program, starter(join(cache, "root")));
    await chmod(program, 0o755);
    if (!(await works(program))) throw new Error("what was unpacked does not run");
    return { folder };
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    return { reason: limit.aborted ? `it took longer than ${totalMsMax / 1000} s` : firstLine(error) };
  }
}

async function unpackPackages(cache: string, signal: AbortSignal): Promise<void> {
  const settings = {
    cwd: cache,
    env: { ...bareEnvironment(), LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    signal,
  };
  // The list of packages goes into our folder too: the system's may be missing, and is not ours to change.
  const folders = ["state/lists/partial", "archives/partial"];
  for (const name of folders) await mkdir(join(cache, name), { recursive: true });
  const own = [
    "-o",
    `Dir::State::lists=${cache}/state/lists`,
    "-o",
    `Dir::Cache=${cache}`,
    "-o",
    "APT::Sandbox::User=",
  ];
  await run("apt-get", [...own, "-qq", "update"], settings);
  const plan = await run(
    "apt-get",
    [...own, "--simulate", "--no-install-recommends", "install", ...packages],
    settings,
  );
  const missing = plan.stdout.split("\n").flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? []);
  await run("apt-get", [...own, "-qq", "download", ...new Set([...packages, ...missing])], settings);
  const archives = (await readdir(cache)).filter((name) => name.endsWith(".deb"));
  for (const archive of archives) await run("dpkg", ["-x", archive, "root"], settings);
}

/** A shell script in front of the binary: the libraries that came with it are looked for in our folder first. */
function starter(root: string): string {
  const libraries = `$(find '${root}' -name '*.so*' -exec dirname {} + | sort -u | tr '\\n' ':')`;
  return `#!/bin/sh\nLD_LIBRARY_PATH="${libraries}" exec '${root}/usr/bin/redis-server' "$@"\n`;
}

async function works(program: string): Promise<boolean> {
  return run(program, ["--version"], { env: bareEnvironment() }).then(
    ({ stdout }) => /v=\d+/.test(stdout),
    () => false,
  );
}

function firstLine(error: unknown): string {
  const said =
    (error as { stderr?: string }).stderr?.trim() || (error instanceof Error ? error.message : String(error));
  return said.split("\n")[0] ?? said;
}
