/** A bare copy of the repository's configuration, in which the checks of the house are given something to find. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

export type Skeleton = {
  readonly root: string;
  /** Writes a file, given by its path in the repository. */
  write(path: string, text: string): Promise<void>;
  /** Runs a tool of node_modules/.bin here. Never throws for an exit code. */
  run(tool: string, ...args: string[]): Promise<{ code: number; out: string; err: string }>;
  remove(): Promise<void>;
};

const configuration = [
  "package.json",
  "biome.json",
  "knip.json",
  "tsconfig.json",
  "tsconfig.base.json",
  "tests/tsconfig.json",
  ".gitignore",
];

/** Copies the configuration of the root and of each workspace, with one empty source file apiece, and links the tools. */
export async function makeSkeleton(): Promise<Skeleton> {
  const root = await mkdtemp(join(tmpdir(), "inventory-sync-house-"));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const file of configuration) await cp(join(repositoryRoot, file), join(root, file));
  await linkModules(root);
  for (const workspace of await workspaces()) {
    for (const file of ["package.json", "tsconfig.json"]) {
      await cp(join(repositoryRoot, workspace, file), join(root, workspace, file));
    }
    const name = workspace.split("/")[1] ?? "";
    await symlink(join(root, workspace), join(root, "node_modules/@inventory-sync", name), "dir");
    await write(`${workspace}/src/index.ts`, "export {};\n");
  }
  const run: Skeleton["run"] = (tool, ...args) =>
    new Promise((resolve) => {
      const options = { cwd: root, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, CI: "true", NO_COLOR: "1" } };
      execFile(join(repositoryRoot, "node_modules/.bin", tool), args, options, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });
  return { root, write, run, remove: () => rm(root, { recursive: true, force: true }) };
}

async function workspaces(): Promise<string[]> {
  const found = await Promise.all(
    ["packages", "apps"].map(async (folder) =>
      (await readdir(join(repositoryRoot, folder))).map((name) => `${folder}/${name}`),
    ),
  );
  return found.flat();
}

/** Runs the linter over the skeleton; the names of the rules it reported, by file. */
export async function lint({ run }: Skeleton): Promise<(path: string) => string[]> {
  const { out } = await run("biome", "lint", "--error-on-warnings", "--max-diagnostics=none", "--reporter=json", ".");
  const { diagnostics } = JSON.parse(out) as { diagnostics: { category: string; location: { path: string } }[] };
  const rulesByPath = new Map<string, Set<string>>();
  for (const { category, location } of diagnostics) {
    const rules = rulesByPath.get(location.path) ?? new Set();
    rulesByPath.set(location.path, rules.add(category.split("/").at(-1) ?? ""));
  }
  return (path) => [...(rulesByPath.get(path) ?? [])];
}

/** All modules but our own workspaces, which must be the skeleton's and not the repository's. */
async function linkModules(root: string): Promise<void> {
  await mkdir(join(root, "node_modules/@inventory-sync"), { recursive: true });
  for (const name of await readdir(join(repositoryRoot, "node_modules"))) {
    if (name === "@inventory-sync" || name.startsWith(".")) continue;
    await symlink(join(repositoryRoot, "node_modules", name), join(root, "node_modules", name));
  }
}
