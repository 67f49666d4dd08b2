// What somebody who runs the system does beside it, with the operator's own command line.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { System } from "../support/index.ts";

const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface Ran {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs what `npm run ops -- …` runs, once it has seen to what is installed and built, against the system. */
export function ops(system: System, ...words: readonly string[]): Promise<Ran> {
  const { DATABASE_URL: given = "" } = system.env;
  const database = given === system.databaseUrlOf("worker") ? system.databaseUrlOf("ops") : given;
  const env = { ...process.env, ...system.env, DATABASE_URL: database };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["apps/ops/dist/main.js", ...words],
      { cwd: repositoryRoot, env },
      (error, stdout, stderr) =>
        resolve({
          exitCode: typeof error?.code === "number" ? error.code : error ? -1 : 0,
          output: `${stdout}${stderr}`,
        }),
    );
  });
}

/** Adds a product under its SKU to the catalogue. */
export async function addProduct(system: System, sku: string): Promise<Ran> {
  const file = join(system.dataDir, "catalogue.csv");
  await writeFile(file, `productId,idType,idValue\n${sku},SKU,${sku}\n`);
  return ops(system, "catalogue", "import", file);
}

/** Corrects the times that a facility's tills say, for what comes from now on. */
export async function correctTimes(system: System, facilityId: string, minutes: number): Promise<Ran> {
  const from = new Date(Date.now() - 60_000).toISOString();
  return ops(system, "facilities", "clock", facilityId, `--minutes=${minutes}`, "--from", from, "--yes");
}
