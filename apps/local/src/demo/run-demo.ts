// The demo on a new data folder: catalogue, opening count, a POS that sells, and a second count that disagrees a little with the ledger,
// so that the corrections of a reset are seen within a minute. On later starts of the same folder only the POS goes on.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { countFacilities, importCatalogue, openDatabase } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import type { Credentials } from "../launcher/credentials.ts";
import { type Start, Stopped } from "../launcher/teardown.ts";
import { type DemoProduct, demoFacilities, demoProducts, fillShelves, type Shelves } from "./retailer.ts";
import { dropSnapshot, type ResetReport, runReset } from "./run-reset.ts";
import { sell } from "./simulated-pos.ts";

interface DemoContext {
  readonly credentials: Credentials;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const secondCountAfterMs = 25_000;
const disturbedPlaces = 9;

/** Marks a folder that is still empty as one for the demo, before anything else is written to it. */
export function markIfEmpty(dataDir: string): void {
  if (readdirSync(dataDir).length === 0) writeMark(dataDir, { loaded: false });
}

/** Whether the folder is the demo's. */
export function hasMark(dataDir: string): boolean {
  return readMark(dataDir) !== undefined;
}

/** Runs until the launcher stops. Says in one line what each step did; a step that fails is said too, and ends the demo only. */
export async function runDemo({ config, teardown, say }: Start, credentials: Credentials): Promise<void> {
  const mark = readMark(config.dataDir);
  if (!mark) return;
  if (!mark.loaded && config.sftp) return say("No demo: SFTP_URL names a server that is not the demo's.");
  const stop = new AbortController();
  const context = { credentials, say, signal: stop.signal };
  const playing = (mark.loaded ? goOnSelling(context) : playFromStart(config.dataDir, context)).catch(
    (error: unknown) => {
      if (!stop.signal.aborted) say(`Demo: ended, because ${messageOf(error)}.`);
    },
  );
  const end = async () => {
    stop.abort();
    await playing;
  };
  await teardown.add(end).catch((error) => {
    if (!(error instanceof Stopped)) throw error;
  });
}

async function goOnSelling(context: DemoContext): Promise<void> {
  context.say(
    `Demo: this folder holds the demo retailer; its POS goes on selling, about one receipt a second. Look at ${context.credentials.boardUrl}.`,
  );
  await sell({ ...context, ...context.credentials, products: demoProducts(), shelves: undefined });
}

async function playFromStart(dataDir: string, context: DemoContext): Promise<void> {
  const { credentials, say, signal } = context;
  const beganAt = Date.now();
  const products = demoProducts();
  if (!(await loadCatalogue(products, context))) return;
  writeMark(dataDir, { loaded: true });
  const shelves = fillShelves(products);
  const opening = resetStep("opening count", shelves, context);
  say("Demo: the simulated POS begins to sell, about one receipt a second.");
  const selling = sell({ ...context, ...credentials, products, shelves });
  await opening;
  // Counted from the beginning, so that the corrections are seen within a minute of it, settling time included.
  await delay(Math.max(0, beganAt + secondCountAfterMs - Date.now()), undefined, { signal });
  shelves.disturb(disturbedPlaces);
  say(
    `Demo: on ${disturbedPlaces} shelves the goods have changed by 1 to 3 without any receipt; the next count will find that.`,
  );
  await resetStep("second count", shelves, context);
  await selling;
}

/** False when the database, which DATABASE_URL may name, holds facilities already. */
async function loadCatalogue(products: readonly DemoProduct[], { credentials, say }: DemoContext): Promise<boolean> {
  const database = openDatabase({ url: credentials.database, name: "inventory-sync demo", poolMax: 2 });
  try {
    if ((await countFacilities(database)) > 0) {
      say("No demo: the database holds facilities already.");
      return false;
    }
    const rows = products.flatMap(({ sku, upca }, index) => [
      { line: 2 * index + 1, productId: sku, idType: "SKU", idValue: sku },
      { line: 2 * index + 2, productId: sku, idType: "UPCA", idValue: upca },
    ]);
    await importCatalogue(database, rows);
    say(`Demo: loaded ${products.length} products, each with its SKU and UPC-A.`);
    return true;
  } finally {
    await database.close();
  }
}

/** Leaves the count of this moment on the SFTP server, runs it, and says what came of it. */
async function resetStep(what: string, shelves: Shelves, context: DemoContext): Promise<void> {
  const { credentials, say, signal } = context;
  const asOf = new Date().toISOString();
  const name = `onhand-${asOf.replace(/[-:]|\.\d+/g, "")}.csv`;
  await dropSnapshot(credentials.sftp.root ?? "", { name, content: shelves.snapshotCsv(asOf) });
  say(
    `Demo: left the ${what} of ${demoFacilities.length} facilities on the SFTP server as incoming/${name}; a reset runs over it.`,
  );
  const report = await runReset(credentials, name, signal);
  say(`Demo: ${describe(what, report)} Look at ${credentials.boardUrl}/resets/${report.id}.`);
}

function describe(what: string, { state, facilities = [] }: ResetReport): string {
  const sum = (figure: "corrected" | "unitsBefore" | "unitsAfter") =>
    facilities.reduce((total, facility) => total + (facility[figure] ?? 0), 0);
  const units = `${sum("unitsBefore")} units before, ${sum("unitsAfter")} after`;
  return `the ${what} is ${state}: ${sum("corrected")} corrections in ${facilities.length} facilities (${units}).`;
}

/** Whether a data folder belongs to the demo, and whether the retailer is in the database: kept in DATA_DIR/demo.json. */
function readMark(dataDir: string): { readonly loaded?: boolean } | undefined {
  const file = join(dataDir, "demo.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { loaded?: boolean }) : undefined;
}

function writeMark(dataDir: string, mark: { loaded: boolean }): void {
  writeFileSync(join(dataDir, "demo.json"), `${JSON.stringify(mark)}\n`);
}
