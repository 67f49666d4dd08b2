// A bad morning: the deadline has passed without a count, a file was refused, a store of the day before still waits for a
// decision, and receipts whose numbers were used twice have failed. Later the count comes after all, with three stores in doubt.
import { eventOf, snapshotCsv } from "../flows/outside.ts";
import { eventually } from "../support/index.ts";
import type { Stage } from "./stage.ts";

const hourMs = 3_600_000;

export const badMorning = {
  size: { facilities: 8, sales: 6 },
  refusedFile: "onhand-broken.csv",
  /** How many receipts clash with another one of the same number. */
  clashes: 45,
  badRow: { facilityId: "S008", sku: "TEE-RED-M", quantity: "12 pcs" },
};

/** Settings with a deadline that has passed an hour ago. */
export function deadlinePassed(): Readonly<Record<string, string>> {
  return {
    RESET_DEADLINE: new Date(Date.now() - hourMs).toISOString().slice("2026-11-28T".length, "2026-11-28T06:00".length),
  };
}

/** Makes the morning of a stage whose retailer had two counts: they become those of the days before. */
export async function makeBadMorning({ locks, outside, system }: Stage): Promise<void> {
  await locks.rows("update facility_reset set finished_at = finished_at - interval '1 day'");
  await locks.rows(
    "update reset set created_at = created_at - interval '1 day', finished_at = finished_at - interval '1 day'",
  );
  const refused = await outside.runFile(
    badMorning.refusedFile,
    'externalFacilityId,sku,quantityOnHand\n"S001,CAP-RED-M,5\n',
  );
  if (refused.state !== "failed") throw new Error(`the file with an open quote is ${refused.state}`);
  await eventually(
    async () => {
      const alarms = await (await system.board("/api/alarms")).text();
      return ["snapshot-late", "file-refused", "facility-held"].every((kind) => alarms.includes(`"${kind}"`));
    },
    { withinMs: 90_000 },
  );
}

/** Sends receipts again that have other lines now, one request each, until as many jobs have failed with that. */
export async function sendClashes({ outside }: Stage, which: string): Promise<void> {
  const { facilities, sales } = badMorning.size;
  const at = new Date().toISOString();
  const clashes = Array.from({ length: badMorning.clashes }, (_, index) => {
    const facilityId = `S00${(index % facilities) + 1}`;
    const eventId = `${facilityId}-day-${Math.floor(index / facilities) % sales}`;
    return eventOf(eventId, { facilityId, sku: which, quantity: 9, at });
  });
  for (const each of clashes) await outside.send(each);
  await eventually(
    async () => {
      const causes = await outside.failedCauses();
      return causes.some(({ error, count }) => error === "EVENT_ID_REUSED" && count >= badMorning.clashes);
    },
    { withinMs: 90_000 },
  );
}

/**
 * The count that comes late: of the first of three stores it has a quarter of the rows, the second triples, of the third a quarter is 0.
 * One row of another store cannot be used. Returns the reset's id.
 */
export async function runLateCount(
  { outside, retailer }: Stage,
  name: string,
  inDoubt: readonly string[],
): Promise<string> {
  const rows = retailer.facilities.flatMap((facility, f) =>
    retailer.skus.flatMap((sku, s) => {
      const quantity = 5 + ((f * 7 + s * 11) % 36);
      const doubt = inDoubt.indexOf(facility);
      if (doubt === 0 && s % 4 > 0) return [];
      const found = doubt === 1 ? quantity * 3 : doubt === 2 && s % 4 === 0 ? 0 : quantity;
      const isBad = facility === badMorning.badRow.facilityId && sku === badMorning.badRow.sku;
      return [[facility, sku, isBad ? badMorning.badRow.quantity : found] as const];
    }),
  );
  const { id, state, facilities } = await outside.runFile(name, snapshotCsv(rows));
  const held = facilities.filter((each) => each.state === "held").map(({ facilityId }) => facilityId);
  if (held.join() !== [...inDoubt].sort().join())
    throw new Error(`${name} is ${state}, and holds ${held.join() || "none"}`);
  return id;
}
