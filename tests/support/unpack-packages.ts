// Programs from the system's own packages, fetched and unpacked into a folder of ours. Nothing is installed and no rights are needed.
import { execFile } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bareEnvironment } from "./config.ts";

const run = promisify(execFile);

/** Unpacks the packages, with what they need and the system does not have, into `cache`/root. @throws when they cannot be had */
export async function unpackPackages(cache: string, packages: readonly string[], signal: AbortSignal): Promise<void> {
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
  for (const archive of archives) {
    await run("dpkg", ["-x", archive, "root"], settings);
    await rm(join(cache, archive));
  }
}

/** Lines of a shell script after which what was unpacked finds the libraries and fonts that came with it. */
export function findsItsOwn(root: string): string {
  return `LD_LIBRARY_PATH="$(find '${root}' -name '*.so*' -exec dirname {} + | sort -u | tr '\\n' ':')"
export LD_LIBRARY_PATH
if [ -e '${root}/etc/fonts/fonts.conf' ]; then export FONTCONFIG_SYSROOT='${root}'; fi`;
}

/** The first line of what a command that failed said. */
export function firstLine(error: unknown): string {
  const said =
    (error as { stderr?: string }).stderr?.trim() || (error instanceof Error ? error.message : String(error));
  return said.split("\n")[0] ?? said;
}
