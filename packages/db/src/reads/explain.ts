// Why a level is what it is: the snapshot it rests on and everything since, in lines that add up to what is on hand (R4).
import { quantityToNumber } from "@inventory-sync/domain";
import type pg from "pg";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";
import { type LedgerEntry, listLedger } from "./ledger.ts";
import type { LevelPlace } from "./levels.ts";

/** One line of the sum. `counted` is the snapshot's; `remainder` is there only when the ledger is at odds with itself (R1). */
export interface ExplainedLine {
  readonly what: "counted" | "sale" | "return" | "adjustment" | "shipment" | "remainder";
  readonly quantity: number;
  readonly movements: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
}

/** A correction with its parts: after = counted + lateSales + shipments, unexplained = after - before. */
export interface ExplainedCorrection {
  readonly before: number;
  readonly counted: number;
  readonly lateSales: number;
  readonly shipments: number;
  readonly unexplained: number;
  readonly after: number;
}

/** A correction of a reset: applied, reverted, or held (what approving it would have done when it was held). */
export interface PastCorrection extends ExplainedCorrection {
  readonly resetId: string;
  readonly file: string;
  readonly state: string;
  readonly asOf: string | null;
  readonly at: string | null;
  readonly decidedBy: string | null;
}

/** A level explained. Quantities are signed JSON numbers, times ISO in UTC. */
export interface Explanation {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
  /** The product's other names. */
  readonly otherIds: readonly { readonly idType: string; readonly idValue: string }[];
  readonly onHand: number;
  /** The snapshot it rests on; null when no snapshot ever counted it: then the movements alone make it. */
  readonly snapshot: {
    readonly resetId: string | null;
    readonly file: string | null;
    readonly asOf: string;
    readonly asOfFrom: string | null;
    readonly appliedAt: string | null;
    readonly requestedBy: string | null;
    readonly approvedBy: string | null;
    readonly counted: number;
    /** `correction`: on record. `ledger`: the count agreed with the level, so it is what is on hand less everything since. */
    readonly countedFrom: "correction" | "ledger";
    readonly correction: ExplainedCorrection | null;
  } | null;
  /** Their quantities add up to onHand. */
  readonly lines: readonly ExplainedLine[];
  /** Came after the snapshot was applied, but happened before it was counted: the count has them (R5). */
  readonly absorbed: readonly ExplainedLine[];
  /** Shipments that the POS's own counts do not have, the newest of them. */
  readonly pendingShipments: readonly {
    readonly eventId: string;
    readonly quantity: number;
    readonly occurredAt: string;
    readonly acknowledgedAt: string | null;
  }[];
  readonly corrections: readonly PastCorrection[];
  /** The last movements, newest first. */
  readonly movements: readonly LedgerEntry[];
}

const CORRECTIONS_SHOWN = 10;
const SHIPMENTS_SHOWN = 20;
const MOVEMENTS_SHOWN = 20;

type Figures = {
  readonly before: string;
  readonly counted: string;
  readonly late_sales: string;
  readonly shipments: string;
  readonly unexplained: string;
  readonly after: string;
};

type LevelRow = { readonly [Name in keyof Figures]: string | null } & {
  readonly on_hand: string;
  readonly as_of: Date | null;
  readonly reset_id: string | null;
  readonly file: string | null;
  readonly as_of_from: string | null;
  readonly requested_by: string | null;
  readonly applied_at: Date | null;
  readonly decided_by: string | null;
};

type SinceRow = {
  readonly type: Exclude<ExplainedLine["what"], "counted" | "remainder">;
  readonly is_absorbed: boolean;
  readonly movements: number;
  readonly quantity: string;
  readonly first_at: Date;
  readonly last_at: Date;
};

/** Explains one level, all of it read in one snapshot of the data; undefined when the facility never had the product. */
export async function explainLevel(database: Database, place: LevelPlace): Promise<Explanation | undefined> {
  return database.transaction(async (client) => {
    await client.query("set transaction isolation level repeatable read, read only");
    const where = [place.facility, place.product];
    const [level] = await run<LevelRow>(client, "explain_level", where);
    if (!level) return undefined;
    const since = await run<SinceRow>(client, "explain_since", [...where, level.as_of, level.applied_at]);
    const ledger = await listLedger({ pool: client }, place, { before: undefined, limit: MOVEMENTS_SHOWN });
    const lines = since.filter((row) => !row.is_absorbed).map(line);
    const snapshot = level.as_of && snapshotOf(level, level.as_of, lines);
    const onHand = quantityToNumber(level.on_hand);
    return {
      ...{ facilityId: place.facilityId, idType: place.idType, idValue: place.idValue },
      otherIds: await otherIds(client, place),
      onHand,
      snapshot,
      lines: summed(snapshot ? [countedLine(snapshot), ...lines] : lines, onHand),
      absorbed: since.filter((row) => row.is_absorbed).map(line),
      pendingShipments: await pendingShipments(client, where, level.as_of),
      corrections: await corrections(client, where),
      movements: ledger.entries,
    };
  });
}

function line(row: SinceRow): ExplainedLine {
  return {
    what: row.type,
    quantity: quantityToNumber(row.quantity),
    movements: row.movements,
    firstAt: row.first_at.toISOString(),
    lastAt: row.last_at.toISOString(),
  };
}

function countedLine({ counted, asOf }: { readonly counted: number; readonly asOf: string }): ExplainedLine {
  return { what: "counted", quantity: counted, movements: 0, firstAt: asOf, lastAt: asOf };
}

function snapshotOf(
  level: LevelRow,
  asOf: Date,
  lines: readonly ExplainedLine[],
): NonNullable<Explanation["snapshot"]> {
  const correction = isWhole(level) ? figures(level) : null;
  const counted = correction?.counted ?? less(quantityToNumber(level.on_hand), lines);
  return {
    resetId: level.reset_id,
    file: level.file,
    asOf: asOf.toISOString(),
    asOfFrom: level.as_of_from,
    appliedAt: level.applied_at?.toISOString() ?? null,
    requestedBy: level.requested_by,
    approvedBy: level.decided_by,
    counted,
    countedFrom: correction ? "correction" : "ledger",
    correction,
  };
}

function isWhole(level: LevelRow): level is LevelRow & Figures {
  return level.counted !== null;
}

function figures(row: Figures): ExplainedCorrection {
  return {
    before: quantityToNumber(row.before),
    counted: quantityToNumber(row.counted),
    lateSales: quantityToNumber(row.late_sales),
    shipments: quantityToNumber(row.shipments),
    unexplained: quantityToNumber(row.unexplained),
    after: quantityToNumber(row.after),
  };
}

/** Lines that do not add up are not made to: what is missing is a line of its own, and the audit says more. */
function summed(lines: readonly ExplainedLine[], onHand: number): readonly ExplainedLine[] {
  const quantity = less(onHand, lines);
  return quantity === 0
    ? lines
    : [...lines, { what: "remainder", quantity, movements: 0, firstAt: null, lastAt: null }];
}

const DECIMALS = 10_000n;

/** Exact to the four decimals that quantities have. */
function less(onHand: number, lines: readonly ExplainedLine[]): number {
  const rest = lines.reduce((sum, each) => sum - scaled(each.quantity), scaled(onHand));
  const [sign, size] = rest < 0n ? ["-", -rest] : ["", rest];
  return Number(`${sign}${size / DECIMALS}.${String(size % DECIMALS).padStart(4, "0")}`);
}

function scaled(quantity: number): bigint {
  const whole = Math.trunc(quantity);
  return BigInt(whole) * DECIMALS + BigInt(Math.round((quantity - whole) * Number(DECIMALS)));
}

async function otherIds(client: pg.PoolClient, { product, idType, idValue }: LevelPlace) {
  const found = await client.query<{ idType: string; idValue: string }>(
    `select id_type as "idType", id_value as "idValue" from product_identification
      where product_id = $1 and (id_type, id_value) <> ($2, $3) order by id_type, id_value`,
    [product, idType, idValue],
  );
  return found.rows;
}

async function pendingShipments(client: pg.PoolClient, where: readonly number[], asOf: Date | null) {
  const rows = await run<{ event_id: string; quantity: string; occurred_at: Date; acknowledged_at: Date | null }>(
    client,
    "list_pending_shipments",
    [...where, asOf, SHIPMENTS_SHOWN],
  );
  return rows.map((row) => ({
    eventId: row.event_id,
    quantity: quantityToNumber(row.quantity),
    occurredAt: row.occurred_at.toISOString(),
    acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
  }));
}

type CorrectionRow = Figures & {
  readonly reset_id: string;
  readonly file: string;
  readonly state: string;
  readonly as_of: Date | null;
  readonly finished_at: Date | null;
  readonly decided_by: string | null;
};

async function corrections(client: pg.PoolClient, where: readonly number[]): Promise<PastCorrection[]> {
  const rows = await run<CorrectionRow>(client, "list_level_corrections", [...where, CORRECTIONS_SHOWN]);
  return rows.map((row) => ({
    ...{ resetId: row.reset_id, file: row.file, state: row.state, decidedBy: row.decided_by },
    asOf: row.as_of?.toISOString() ?? null,
    at: row.finished_at?.toISOString() ?? null,
    ...figures(row),
  }));
}
