// Whether a data folder belongs to the demo: decided when the folder is new, remembered in DATA_DIR/demo.json.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface DemoMark {
  readonly isDemo: boolean;
  /** The retailer is in the database; what is left is to go on selling. */
  readonly isLoaded: boolean;
  setLoaded(): void;
}

/** Marks a folder that is still empty as one for the demo, before anything else is written to it. */
export function markIfEmpty(dataDir: string): void {
  if (readdirSync(dataDir).length === 0) write(dataDir, { loaded: false });
}

/** Reads the mark; a folder without one is no demo. */
export function demoMark(dataDir: string): DemoMark {
  const file = fileOf(dataDir);
  const state = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { loaded?: boolean }) : undefined;
  return {
    isDemo: state !== undefined,
    isLoaded: state?.loaded === true,
    setLoaded: () => write(dataDir, { loaded: true }),
  };
}

function write(dataDir: string, state: { loaded: boolean }): void {
  writeFileSync(fileOf(dataDir), `${JSON.stringify(state)}\n`);
}

function fileOf(dataDir: string): string {
  return join(dataDir, "demo.json");
}
