// Snapshot files of a made-up retailer, as large as wanted, and the product's way with them: from the file in incoming/ to
// the reset's end.
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { openReset } from "@inventory-sync/db";
import { facilityName, skuOf } from "./events.ts";
import type { Installation } from "./stand.ts";

/** What a file holds: each product at each facility once, store by store, as a POS exports it. */
export interface SnapshotShape {
  readonly facilities: number;
  readonly products: number;
  /** Of so many products one has another count than in the file before; 0: all as before. */
  readonly changedEvery?: number;
  /** Which product stands in a store's nth row; without it the nth of the catalogue. */
  readonly productAt?: (facility: number, row: number) => number;
  /** When it was true. */
  readonly asOf: Date;
}

const snapshotHeader = "externalFacilityId,sku,quantityOnHand,description";
const lookEveryMs = 25;
const deadlineMs = 60 * 60_000;

function* linesOf(shape: SnapshotShape): Generator<string> {
  const { facilities, products, changedEvery = 0, productAt = (_, row) => row } = shape;
  yield `${snapshotHeader}\n`;
  for (let facility = 0; facility < facilities; facility += 1) {
    const name = facilityName(facility);
    let text = "";
    for (let product = 0; product < products; product += 1) {
      const isChanged = changedEvery > 0 && (product + facility) % changedEvery === 0;
      const quantity = ((facility + product) % 40) + (isChanged ? 5 : 4);
      text += `${name},${skuOf(productAt(facility, product))},${quantity},T-shirt ${product} crew neck\n`;
    }
    yield text;
  }
}

/** Puts a file into incoming/ and gives its name, which carries its time, and its place on the disk. */
export async function putSnapshot(
  { sftp }: Pick<Installation, "sftp">,
  shape: SnapshotShape,
): Promise<{ name: string; path: string }> {
  const stamp = shape.asOf.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const name = `stock-${stamp}.csv`;
  const path = join(sftp.root, "incoming", name);
  await pipeline(Readable.from(linesOf(shape), { highWaterMark: 2 }), createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
  return { name, path };
}

/** How a reset went, in milliseconds: as a whole, and what its own record says of its steps. */
export interface ResetRun {
  readonly id: string;
  readonly totalMs: number;
  readonly fetchMs: number;
  readonly stageMs: number;
  readonly corrected: number;
}

/** Asks for a reset of a file of incoming/ and waits until it has completed. Throws when it ends in another way. */
export async function runReset(on: Installation, file: { name: string; path: string }): Promise<ResetRun> {
  const { size, mtime } = await stat(file.path);
  mtime.setMilliseconds(0);
  const startedAt = performance.now();
  const seen = { name: file.name, size, modifiedAt: mtime };
  const { resetId } = await openReset(on.database, seen, { requestedBy: "bench" });
  await on.queues.addReset({ resetId, generation: 0, label: file.name });
  for (;;) {
    const { rows } = await on.database.pool.query<{ state: string; outcome: string | null }>(endedQuery(resetId));
    const [ended] = rows;
    if (ended) {
      const totalMs = performance.now() - startedAt;
      if (ended.state !== "completed") {
        throw new Error(`the reset ended ${ended.state}: ${ended.outcome ?? "see its facilities"}`);
      }
      return { id: resetId, totalMs, ...(await figuresOf(on, resetId)) };
    }
    if (performance.now() - startedAt > deadlineMs) throw new Error(`no end of the reset after ${deadlineMs} ms`);
    await delay(lookEveryMs);
  }
}

/** Prepared, so that looking costs next to nothing. */
const endedQuery = (resetId: string) => ({
  ...{ name: "ended", text: "select state, outcome from reset where id = $1 and finished_at is not null" },
  values: [resetId],
});

async function figuresOf(
  on: Installation,
  resetId: string,
): Promise<Pick<ResetRun, "fetchMs" | "stageMs" | "corrected">> {
  await putAway(on, resetId);
  const { timings } = await on.database.prisma.reset.findUniqueOrThrow({ where: { id: resetId } });
  const counted = await on.database.prisma.facilityReset.aggregate({ where: { resetId }, _sum: { corrected: true } });
  const { fetchMs = Number.NaN, stageMs = Number.NaN } = timings as Readonly<Record<string, number>>;
  return { fetchMs, stageMs, corrected: counted._sum.corrected ?? 0 };
}

/** Waits until the file is archived and the staging emptied: that comes after the end, and must not run into what is next. */
async function putAway(on: Installation, resetId: string): Promise<void> {
  for (;;) {
    const { archivedTo } = await on.database.prisma.reset.findUniqueOrThrow({ where: { id: resetId } });
    if (archivedTo !== null) break;
    await delay(lookEveryMs);
  }
  await rm(join(on.sftp.root, "archive"), { recursive: true, force: true });
}
