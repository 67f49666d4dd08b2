// Why a level is what it is: the snapshot it rests on and everything since, in lines that add up to what is on hand (R4).
import { type Database, read } from "@inventory-sync/db";
import { z } from "zod";
import { levelId, only, productId, time } from "./asking.ts";
import { type LevelPlace, ledgerEntrySchema, listLedger, neverStocked } from "./levels.ts";
import { mergeRecord, mergesOf } from "./merging.ts";

/** One line of the sum. `counted` is the snapshot's; `remainder` is there only when the ledger is at odds with itself (R1). */
const lineSchema = z.object({
  what: z.enum(["counted", "sale", "return", "adjustment", "shipment", "remainder"]),
  quantity: z.number(),
  movements: z.int(),
  firstAt: time.nullable(),
  lastAt: time.nullable(),
});

/** A correction with its parts: after = counted + lateSales + shipments, unexplained = after - before. */
const correctionSchema = z.object({
  before: z.number(),
  counted: z.number(),
  lateSales: z.number(),
  shipments: z.number(),
  unexplained: z.number(),
  after: z.number(),
});

const mergeSchema = mergeRecord.pick({ id: true, kind: true, from: true, who: true, reason: true, mergedAt: true });

/** A level explained. Quantities are signed JSON numbers, times ISO in UTC. */
export const explanationSchema = z.object({
  ...levelId,
  /** The product's other names. */
  otherIds: z.array(z.object(productId)),
  onHand: z.number(),
  /** The snapshot it rests on; null when no snapshot ever counted it: then the movements alone make it. */
  snapshot: z
    .object({
      resetId: z.uuid().nullable(),
      file: z.string().nullable(),
      asOf: time,
      asOfFrom: z.string().nullable(),
      appliedAt: time.nullable(),
      requestedBy: z.string().nullable(),
      approvedBy: z.string().nullable(),
      counted: z.number(),
      /** `correction`: on record. `ledger`: the count agreed with the level, so it is what is on hand less everything since. */
      countedFrom: z.enum(["correction", "ledger"]),
      correction: correctionSchema.nullable(),
    })
    .nullable(),
  /** Their quantities add up to onHand. */
  lines: z.array(lineSchema),
  /** Came after the snapshot was applied, but happened before it was counted: the count has them (R5). */
  absorbed: z.array(lineSchema),
  /** Shipments that the POS's own counts do not have, the newest of them. */
  pendingShipments: z.array(
    z.object({ eventId: z.string(), quantity: z.number(), occurredAt: time, acknowledgedAt: time.nullable() }),
  ),
  /** Events of other ids with the same lines, moments apart: perhaps one sale that was sent under two numbers. The newest of them. */
  twins: z.array(
    z.object({
      type: z.enum(["sale", "return", "adjustment"]),
      quantity: z.number(),
      eventId: z.string(),
      occurredAt: time,
      twinId: z.string(),
      twinOccurredAt: time,
    }),
  ),
  /** Corrections of resets: applied, reverted, or held (what approving it would have done when it was held). */
  corrections: z.array(
    correctionSchema.extend({
      resetId: z.uuid(),
      file: z.string(),
      state: z.string(),
      asOf: time.nullable(),
      at: time.nullable(),
      decidedBy: z.string().nullable(),
    }),
  ),
  /** Names of its store or product that were made one with those above: what came under them is among the lines. */
  merges: z.array(mergeSchema),
  /** The last movements, newest first. */
  movements: z.array(ledgerEntrySchema),
});

export type Explanation = z.infer<typeof explanationSchema>;
export type ExplainedLine = z.infer<typeof lineSchema>;

const CORRECTIONS_SHOWN = 10;
const SHIPMENTS_SHOWN = 20;
const MOVEMENTS_SHOWN = 20;
const MERGES_SHOWN = 10;
/** A second device that sends the sales of the first again does so with their times, or its own a moment later. */
const TWINS = { lookedAt: 200, secondsApartMax: 10, shown: 5 };

type Snapshot = NonNullable<Explanation["snapshot"]>;

type LevelRow = Pick<Explanation, "onHand"> &
  Omit<Snapshot, "asOf" | "counted" | "countedFrom"> & { readonly asOf: string | null };

type SinceRow = ExplainedLine & { readonly isAbsorbed: boolean };

/** Explains one level, all of it read in one snapshot of the data. @throws NotFound when the facility never had the product */
export async function explainLevel(database: Database, place: LevelPlace): Promise<Explanation> {
  return database.transaction(async (client) => {
    await client.query("set transaction isolation level repeatable read, read only");
    const { facility, product, facilityId, idType, idValue } = place;
    const where = [facility, product];
    const [level] = await read<LevelRow>(client, "explain_level", where);
    if (!level) throw neverStocked(place);
    const { onHand, asOf } = level;
    const since = await read<SinceRow>(client, "explain_since", [...where, asOf, level.appliedAt]);
    const linesOf = (absorbed: boolean): ExplainedLine[] =>
      since.flatMap(({ isAbsorbed, ...line }) => (isAbsorbed === absorbed ? [line] : []));
    const lines = linesOf(false);
    const snapshot = asOf === null ? null : snapshotOf({ ...level, asOf }, lines);
    return {
      facilityId,
      idType,
      idValue,
      otherIds: await read(client, "list_other_ids", [product, idType, idValue]),
      onHand,
      snapshot,
      lines: summed(snapshot ? [countedLine(snapshot), ...lines] : lines, onHand),
      absorbed: linesOf(true),
      pendingShipments: await read(client, "list_pending_shipments", [...where, asOf, SHIPMENTS_SHOWN]),
      twins: await read(client, "list_twin_events", [...where, TWINS.lookedAt, TWINS.secondsApartMax, TWINS.shown]),
      corrections: await read(client, "list_level_corrections", [...where, CORRECTIONS_SHOWN]),
      merges: [
        ...(await mergesOf({ pool: client }, { kind: "facility", number: facility, limit: MERGES_SHOWN })),
        ...(await mergesOf({ pool: client }, { kind: "product", number: product, limit: MERGES_SHOWN })),
      ].map((each) => only(mergeSchema, each)),
      movements: (await listLedger({ pool: client }, place, { before: undefined, limit: MOVEMENTS_SHOWN })).items,
    };
  });
}

function countedLine({ counted, asOf }: Snapshot): ExplainedLine {
  return { what: "counted", quantity: counted, movements: 0, firstAt: asOf, lastAt: asOf };
}

function snapshotOf(
  { onHand, correction, ...snapshot }: LevelRow & { readonly asOf: string },
  lines: readonly ExplainedLine[],
): Snapshot {
  const counted = correction?.counted ?? less(onHand, lines);
  return { ...snapshot, counted, countedFrom: correction ? "correction" : "ledger", correction };
}

/** Lines that do not add up are not made to: what is missing is a line of its own, and the audit says more. */
function summed(lines: ExplainedLine[], onHand: number): ExplainedLine[] {
  const quantity = less(onHand, lines);
  if (quantity === 0) return lines;
  return [...lines, { what: "remainder", quantity, movements: 0, firstAt: null, lastAt: null }];
}

/** Quantities have four decimals. In units of the last one they are whole numbers that a double holds exactly. */
const UNITS_OF_LAST_DECIMAL = 10_000;

function less(onHand: number, lines: readonly ExplainedLine[]): number {
  const whole = (quantity: number) => Math.round(quantity * UNITS_OF_LAST_DECIMAL);
  return lines.reduce((rest, { quantity }) => rest - whole(quantity), whole(onHand)) / UNITS_OF_LAST_DECIMAL;
}
