// The pooler of the tests: the first pgbouncer that is found.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { searchFolders } from "./config.ts";

/** The path of a pgbouncer, or undefined when there is none. */
export function findPgBouncer(): string | undefined {
  return searchFolders()
    .map((folder) => join(folder, "pgbouncer"))
    .find((path) => existsSync(path));
}

/** Why the tests through a pooler cannot run here, in words; undefined when they can. */
export function whyNoPgBouncer(): string | undefined {
  return findPgBouncer() === undefined ? "no pgbouncer was found" : undefined;
}
