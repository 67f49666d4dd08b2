// Flow 1, the write: a batch of events meets the ledger in one transaction (group commit), and each event learns its own
// fate. One bad event never harms its neighbours: the statements classify lines instead of raising.
import { type EventFate, isDocument, ledgerDigest, type StockEvent } from "@inventory-sync/domain";
import type pg from "pg";
import { createFacilities, createProducts, type Identification } from "../catalogue/numbers.ts";
import type { Database } from "../database.ts";
import { ConcurrentChange } from "../errors.ts";
import { only, type Queryable, run } from "../statements.ts";
import { ArchivedLines } from "./archived-lines.ts";
import { claimDocumentLines, type Placed, sameDocuments } from "./document-lines.ts";
import { fateOf, type Outcome, type UnknownPolicy } from "./event-fates.ts";
import { type LockedFacility, NamedLines } from "./merged-names.ts";
import { type Acknowledgement, acknowledgementOf, MovementColumns, type TimeOffsets } from "./movements.ts";

/**
 * Applies events to ledger and levels (R1–R3, R5, R9–R11, R13) and returns one fate for each, in the order given.
 * No event id of a facility may stand twice in one call: the caller keeps the second for its next batch.
 * Throws only when the whole batch could not be judged (database gone, …): then nothing of it was applied, or a COMMIT's
 * outcome is unknown and the same call decides it.
 * @param trace that the levels which change are told in, as traceparent has it; undefined unless the process is traced
 */
export async function applyEvents(
  database: Database,
  events: readonly StockEvent[],
  policy: UnknownPolicy,
  trace?: string,
): Promise<EventFate[]> {
  const outcomes = await database.transaction((client) => applyOnce(client, events, trace));
  // Unknown on the first pass are facilities, on the second the products of what was unknown there, too.
  for (let pass = 1; pass <= CREATING_PASSES_MAX; pass += 1) {
    const again = await createUnknown(database, { events, outcomes, policy });
    if (again.length === 0) break;
    await repeat(database, { events, outcomes }, { again, trace });
  }
  return events.map((event, index) => fateOf(event, outcomes[index] ?? [], policy));
}

const CREATING_PASSES_MAX = 2;

interface Judged {
  readonly events: readonly StockEvent[];
  readonly outcomes: Outcome[][];
}

/** Makes the facilities and products that are unknown, where that is allowed; returns the places of the events concerned. */
async function createUnknown(
  database: Database,
  { events, outcomes, policy }: Judged & { readonly policy: UnknownPolicy },
): Promise<number[]> {
  const facilities = new Set<string>();
  const products: Identification[] = [];
  const again = events.flatMap((event, index) => {
    const found = outcomes[index] ?? [];
    const lines = policy.product === "create" ? event.lines.filter((_, at) => found[at] === "unknown_product") : [];
    for (const line of lines) products.push(line);
    const isNew = policy.facility === "create" && found[0] === "unknown_facility";
    if (isNew) facilities.add(event.facilityId);
    return isNew || lines.length > 0 ? [index] : [];
  });
  if (facilities.size > 0) await createFacilities(database.pool, [...facilities]);
  if (products.length > 0) await createProducts(database.pool, products);
  return again;
}

/** Applies some of the events again. Their lines that were applied before are duplicates now, so their first outcome stands. */
async function repeat(
  database: Database,
  { events, outcomes }: Judged,
  { again, trace }: { readonly again: readonly number[]; readonly trace: string | undefined },
): Promise<void> {
  const repeated = again.map((index) => events[index]).filter((event) => event !== undefined);
  const second = await database.transaction((client) => applyOnce(client, repeated, trace));
  for (const [position, index] of again.entries()) {
    const before = outcomes[index] ?? [];
    const fresh = second[position] ?? [];
    const isLinewise = before.length === fresh.length && before[0] !== "unknown_facility" && fresh[0] !== "locked";
    outcomes[index] = isLinewise
      ? before.map((outcome, at) => (outcome === "unknown_product" ? (fresh[at] ?? outcome) : outcome))
      : [...fresh];
  }
}

/** With how the times of its facility are corrected, and its place in the batch. */
type PlacedAt = Placed & { readonly offsets: TimeOffsets; readonly index: number };

/** One pass in one transaction: lines of each event to their outcomes. */
async function applyOnce(
  client: pg.PoolClient,
  events: readonly StockEvent[],
  trace: string | undefined,
): Promise<Outcome[][]> {
  if (trace !== undefined) await run(client, "note_trace", [trace]);
  const facilities = await lockFacilities(client, events);
  const outcomes: Outcome[][] = events.map(() => []);
  const placed: PlacedAt[] = [];
  const acknowledgements: Acknowledgement[] = [];
  const named = new NamedLines(facilities);
  for (const [index, event] of events.entries()) {
    const facility = facilities.get(event.facilityId);
    if (!facility?.granted || named.isTwin(event, facility))
      outcomes[index] = [facility ? "locked" : "unknown_facility"];
    else if (event.type === "shipment-acknowledged")
      acknowledgements.push(acknowledgementOf(event, facility.id, index));
    else {
      const { id, offsets } = facility;
      placed.push({ event, content: ledgerDigest(event), facility: id, offsets, index });
    }
  }
  const archived = await ArchivedLines.of(client, { facilities, placed, acknowledgements });
  const fresh = placed.filter(({ event, index }) => !archived.decides(event, outcomes, index));
  await applyPlaced(client, fresh, { outcomes, archived });
  // Acknowledgements come second, so that one sees the shipment of its own batch.
  const news = acknowledgements.filter(({ event, index }) => !archived.decides(event, outcomes, index));
  if (news.length > 0) {
    const places = news.map(({ index }) => index);
    collect(outcomes, places, await applyAcknowledgements(client, news));
  }
  await named.note(client, { events, outcomes });
  return outcomes;
}

/** Applies what has lines: documents once over all facilities, and those that only their time makes look like others as what they are. */
async function applyPlaced(
  client: pg.PoolClient,
  placed: readonly PlacedAt[],
  { outcomes, archived }: { readonly outcomes: Outcome[][]; readonly archived: ArchivedLines },
): Promise<void> {
  const { moved, leftOut } = await claimDocumentLines(client, placed);
  const exceptOf = (event: StockEvent) => {
    const [elsewhere, old] = [leftOut.get(event), archived.linesOf(event)];
    return elsewhere && old ? new Set([...elsewhere, ...old]) : (elsewhere ?? old);
  };
  const movements = new MovementColumns(archived.facilities);
  for (const { event, content, facility, offsets, index } of placed) {
    const lines = moved.get(event);
    if (lines !== undefined) outcomes[index] = [{ moved: lines }];
    else if (archived.isReused(event)) outcomes[index] = event.lines.map(() => "reused" as const);
    else movements.add(event, { id: facility, offsets }, index, { content, except: exceptOf(event) });
  }
  if (movements.places.length > 0) collect(outcomes, movements.places, await applyMovements(client, movements));

  const doubted = placed.filter(({ event, index }) => isDocument(event) && outcomes[index]?.includes("reused"));
  const same = doubted.length > 0 ? await sameDocuments(client, doubted) : new Map<StockEvent, string>();
  const again = new MovementColumns(archived.facilities);
  for (const { event, facility, offsets, index } of doubted) {
    const content = same.get(event);
    if (content === undefined) continue;
    outcomes[index] = [];
    again.add(event, { id: facility, offsets }, index, { content, except: exceptOf(event) });
  }
  if (again.places.length > 0) collect(outcomes, again.places, await applyMovements(client, again));

  for (const { event, index } of leftOut.size > 0 || archived.isFound ? placed : []) {
    const except = exceptOf(event);
    const isOther = moved.has(event) || (archived.isReused(event) && !same.has(event));
    const sent = outcomes[index]?.values();
    if (except === undefined || isOther || sent === undefined) continue;
    outcomes[index] = event.lines.map(({ line }) => {
      if (leftOut.get(event)?.has(line)) return "left_out";
      return archived.linesOf(event)?.has(line) ? "duplicate" : (sent.next().value ?? "raced");
    });
  }
}

async function lockFacilities(client: Queryable, events: readonly StockEvent[]) {
  const ids = new Set(events.map((event) => event.facilityId));
  const shipments = events.filter((event) => event.type.startsWith("shipment"));
  const shipping = new Set(shipments.map((event) => event.facilityId));
  type Row = LockedFacility & { facility_id: string; offsets: TimeOffsets };
  const rows = await run<Row>(client, "lock_facilities", [[...ids], [...shipping]]);
  return new Map(rows.map((row) => [row.facility_id, row]));
}

/** What the letters of apply_movements.sql stand for. */
const OUTCOME_OF: Readonly<Record<string, Outcome>> = {
  a: "applied",
  s: "absorbed",
  d: "duplicate",
  r: "reused",
  u: "unknown_product",
  c: "raced",
};

async function applyMovements(client: Queryable, movements: MovementColumns): Promise<Outcome[]> {
  const { outcomes } = await only<{ outcomes: string }>(client, "apply_movements", movements.values());
  return [...outcomes].map((letter) => {
    const outcome = OUTCOME_OF[letter];
    if (outcome === undefined) throw new Error(`the statement answered "${letter}"`);
    return outcome;
  });
}

async function applyAcknowledgements(client: Queryable, each: readonly Acknowledgement[]): Promise<Outcome[]> {
  const rows = await run<{ outcome: Outcome }>(client, "apply_acknowledgements", [
    each.map((one) => one.facility),
    each.map((one) => one.event.eventId),
    each.map((one) => one.event.shipmentEventId ?? ""),
    each.map((one) => one.occurredAt),
    each.map((one) => one.clockSkew),
    each.map((one) => one.content),
  ]);
  return rows.map((row) => row.outcome);
}

/** Gives each outcome to its event. @param places of the events of the lines sent */
function collect(outcomes: Outcome[][], places: readonly number[], got: readonly Outcome[]): void {
  if (got.includes("raced")) throw new ConcurrentChange("an event of this batch was written by another one meanwhile");
  if (got.length !== places.length) throw new Error(`${got.length} outcomes of ${places.length} lines`);
  for (const [position, outcome] of got.entries()) outcomes[places[position] ?? -1]?.push(outcome);
}
