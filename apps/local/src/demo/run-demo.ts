// The demo on a new data folder: catalogue, opening count, a POS that sells, and a second count that disagrees a little with the ledger,
// so that the corrections of a reset are seen within a minute. On later starts of the same folder only the POS goes on.
import { setTimeout as delay } from "node:timers/promises";
import { importCatalogue, openDatabase } from "@inventory-sync/db";
import type { LocalConfig } from "../config.ts";
import type { Credentials } from "../launcher/credentials.ts";
import { Stopped, type Teardown } from "../launcher/teardown.ts";
import { demoMark } from "./demo-mark.ts";
import { dropSnapshot } from "./drop-snapshot.ts";
import { type DemoProduct, demoFacilities, demoProducts } from "./retailer.ts";
import { type ResetReport, runReset } from "./run-reset.ts";
import { fillShelves, type Shelves } from "./shelves.ts";
import { sell } from "./simulated-pos.ts";

interface DemoContext {
  readonly credentials: Credentials;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const secondCountAfterMs = 25_000;
const disturbedPlaces = 9;

/** Runs until the launcher stops. Says in one line what each step did; a step that fails is said too, and ends the demo only. */
export async function runDemo(options: {
  readonly config: LocalConfig;
  readonly credentials: Credentials;
  readonly teardown: Teardown;
  readonly say: (line: string) => void;
}): Promise<void> {
  const { config, credentials, teardown, say } = options;
  const mark = demoMark(config.dataDir);
  if (!mark.isDemo) return;
  const isFirst = !mark.isLoaded;
  if (isFirst && config.sftp) return say("No demo: SFTP_URL names a server of somebody else's.");
  const stop = new AbortController();
  const context: DemoContext = { credentials, say, signal: stop.signal };
  const products = demoProducts();
  const beganAt = Date.now();
  const pos = (shelves?: Shelves) => sell({ ...context, ...credentials, products, ...(shelves ? { shelves } : {}) });
  const play = async () => {
    if (!isFirst) {
      say(
        `Demo: this folder holds the demo retailer; its POS goes on selling, about one receipt a second. Look at ${credentials.boardUrl}.`,
      );
      return pos();
    }
    if (!(await loadCatalogue(products, context))) return;
    mark.setLoaded();
    const shelves = fillShelves(products);
    const opening = resetStep("opening count", shelves, context);
    say("Demo: the simulated POS begins to sell, about one receipt a second.");
    const selling = pos(shelves);
    await opening;
    // Counted from the beginning, so that the corrections are seen within a minute of it, settling time included.
    await delay(Math.max(0, beganAt + secondCountAfterMs - Date.now()), undefined, { signal: stop.signal });
    const places = shelves.disturb(disturbedPlaces);
    say(
      `Demo: on ${places} shelves the goods have changed by 1 to 3 without any receipt; the next count will find that.`,
    );
    await resetStep("second count", shelves, context);
    await selling;
  };
  const playing = play().catch((error: unknown) => {
    if (!stop.signal.aborted) say(`Demo: ended, because ${error instanceof Error ? error.message : String(error)}.`);
  });
  await teardown
    .add(async () => {
      stop.abort();
      await playing;
    })
    .catch((error) => {
      if (!(error instanceof Stopped)) throw error;
    });
}

/** False when the database, which may be somebody else's, holds facilities already. */
async function loadCatalogue(products: readonly DemoProduct[], { credentials, say }: DemoContext): Promise<boolean> {
  const database = openDatabase({ url: credentials.database, name: "inventory-sync demo", poolMax: 2 });
  try {
    if ((await database.prisma.facility.count()) > 0) {
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

/** Drops the count of this moment on the SFTP server, runs it, and says what came of it. */
async function resetStep(what: string, shelves: Shelves, context: DemoContext): Promise<void> {
  const { credentials, say, signal } = context;
  const asOf = new Date().toISOString();
  const name = `onhand-${asOf.replace(/[-:]|\.\d+/g, "")}.csv`;
  const content = shelves.snapshotCsv(asOf);
  await dropSnapshot(credentials.sftp, { name, content });
  say(
    `Demo: left the ${what} of ${demoFacilities.length} facilities on the SFTP server as incoming/${name}; a reset runs over it.`,
  );
  const report = await runReset(credentials, name, signal);
  say(`Demo: ${describe(what, report)} Look at ${credentials.boardUrl}/api/resets/${report.id} or the console.`);
}

function describe(what: string, report: ResetReport): string {
  const facilities = report.facilities ?? [];
  const sum = (pick: (facility: (typeof facilities)[number]) => number | undefined) =>
    facilities.reduce((total, facility) => total + (pick(facility) ?? 0), 0);
  const units = `${sum((facility) => facility.unitsBefore)} units before, ${sum((facility) => facility.unitsAfter)} after`;
  return `the ${what} is ${report.state}: ${sum((facility) => facility.corrected)} corrections in ${facilities.length} facilities (${units}).`;
}
