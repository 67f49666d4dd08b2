// ops inventory, ledger, event: what is on hand, the movements behind it, and what became of one event.
import type { Database } from "@inventory-sync/db";
import { textTable } from "@inventory-sync/domain";
import {
  facilityPlace,
  type LedgerEntry,
  type LedgerPlace,
  type Level,
  type LevelPlace,
  ledgerPlaceSchema,
  levelPlace,
  listLedger,
  listLevels,
  NotFound,
  readEvent,
  readLevel,
} from "@inventory-sync/operator";
import { z } from "zod";
import { type Command, exitCodes, Failure, productNamed, type Run, UsageError } from "./command.ts";
import { signed, type timeWriter } from "./output.ts";

const LEVELS_SHOWN = { byDefault: 100, max: 10_000 };
const instant = z.iso.datetime({ offset: true });

export const inventory: Command = {
  name: "inventory",
  usage: "FACILITY [PRODUCT [--at TIME]] [--limit N] [--after CURSOR]",
  summary: "lists what is on hand at a facility, or of one product there, now or as the ledger knew it at a time",
  run: (run) => (run.words.length > 1 ? oneLevel(run) : allLevels(run)),
};

async function allLevels(run: Run): Promise<number> {
  const facilityId = run.word("name the facility; facilities lists them");
  if (run.text("at") !== undefined) throw new UsageError("--at is for one product: name it after the facility");
  const limit = run.count("limit", LEVELS_SHOWN);
  const after = run.text("after") ?? "0";
  if (!/^\d{1,9}$/.test(after)) throw new UsageError("--after is what this list ended with");
  const { items, next } = await run.withDatabase(async (database) =>
    listLevels(database, await facilityPlace(database, facilityId), { after: Number(after), limit }),
  );
  run.out.document({ levels: items, next: next === undefined ? null : String(next) });
  if (items.length === 0)
    run.out.say(`Nothing has ever been stocked at ${facilityId}${after === "0" ? "" : " after that"}.`);
  else sayLevels(run, items);
  if (next !== undefined) run.out.say(`More: --after ${next}`);
  return exitCodes.ok;
}

async function oneLevel(run: Run): Promise<number> {
  const at = timeOption(run);
  const level = await ofLevel(run, (database, place) => readLevel(database, place, at));
  run.out.document(level);
  sayLevels(run, [level]);
  return exitCodes.ok;
}

function sayLevels(run: Run, levels: readonly Level[]): void {
  const rows = levels.map(({ idType, idValue, onHand, asOf, updatedAt }) => ({
    "id type": idType,
    "id value": idValue,
    "on hand": onHand,
    "count true at": run.time(asOf),
    changed: run.time(updatedAt),
  }));
  for (const line of tableOf(rows)) run.out.say(line);
}

function timeOption(run: Run): Date | undefined {
  const text = run.text("at");
  if (text === undefined) return undefined;
  if (!instant.safeParse(text).success)
    throw new UsageError("--at is a time with a zone, such as 2026-11-23T10:15:00-05:00");
  return new Date(text);
}

const ENTRIES_SHOWN = { byDefault: 50, max: 10_000 };

export const ledger: Command = {
  name: "ledger",
  usage: "FACILITY PRODUCT [--limit N] [--before CURSOR]",
  summary: "lists the movements of a product at a facility, newest first, each with what was on hand after it",
  async run(run) {
    const page = { limit: run.count("limit", ENTRIES_SHOWN), before: cursorOption(run) };
    const { items, next } = await ofLevel(run, (database, place) =>
      listLedger(database, place, page).catch(refuseBefore),
    );
    run.out.document({ entries: items, next: next ? writeCursor(next) : null });
    if (items.length === 0)
      throw new Failure(`The ledger of ${run.words[0]} has nothing${page.before ? " older" : ""} of ${run.words[1]}.`);
    for (const line of movementLines(items, run.time)) run.out.say(line);
    if (next) run.out.say(`Older ones: --before ${writeCursor(next)}`);
    return exitCodes.ok;
  },
};

function writeCursor({ facility, product, seq, onHand }: LedgerPlace): string {
  return [facility, product, seq, onHand].join(":");
}

function cursorOption(run: Run): LedgerPlace | undefined {
  const text = run.text("before");
  if (text === undefined) return undefined;
  const [facility, product, seq, onHand] = text.split(":", 4);
  const place = ledgerPlaceSchema.safeParse({ facility: Number(facility), product: Number(product), seq, onHand });
  return place.success ? place.data : refuseBefore(new RangeError("it is no place"));
}

function refuseBefore(error: unknown): never {
  throw error instanceof RangeError
    ? new UsageError("--before is what the list of this product at this facility ended with")
    : error;
}

export const event: Command = {
  name: "event",
  usage: "FACILITY EVENT",
  summary: "says what became of one event: its movements, or that the ledger has nothing of it",
  async run(run) {
    const [facilityId, eventId] = run.words;
    if (facilityId === undefined || eventId === undefined) throw new UsageError("name the facility and the event");
    const found = await run.withDatabase(async (database) =>
      readEvent(database, { ...(await facilityPlace(database, facilityId)), eventId }),
    );
    run.out.document(found);
    const { acknowledges, movements } = found;
    if (acknowledges)
      run.out.say(
        `It acknowledges shipment ${acknowledges.shipmentEventId}, from ${run.time(acknowledges.occurredAt)} on.`,
      );
    const rows = movements.map((each) => ({
      line: each.line,
      what: each.type,
      "id type": each.idType,
      "id value": each.idValue,
      asked: signed(each.quantity),
      effect: effectText(each),
      happened: run.time(each.occurredAt),
      recorded: run.time(each.recordedAt),
      "": each.clockSkew ? "its clock was ahead" : (each.reason ?? ""),
    }));
    if (rows.length === 0) run.out.say("It changed no level.");
    if (found.archivedLines.length > 0)
      run.out.say(`Of it ${found.archivedLines.length} lines are in the archive, and count as before.`);
    for (const { line, kind } of found.leftOut) run.out.say(`Line ${line} was left out: the catalogue says ${kind}.`);
    for (const line of tableOf(rows)) run.out.say(line);
    return exitCodes.ok;
  },
};

/** Movements as a table. */
export function movementLines(movements: readonly LedgerEntry[], time: ReturnType<typeof timeWriter>): string[] {
  const rows = movements.map((each) => ({
    recorded: time(each.recordedAt),
    what: each.type,
    event: each.eventId,
    line: each.line,
    asked: signed(each.quantity),
    effect: effectText(each),
    "on hand": each.onHandAfter,
    happened: time(each.occurredAt),
    reset: each.resetId ?? "–",
  }));
  return tableOf(rows);
}

/** What a movement changed, in words when it changed nothing because a count had it. */
function effectText({ absorbed, effect }: { readonly absorbed: boolean; readonly effect: number }): string {
  return absorbed ? "0 (in the count)" : signed(effect);
}

/** The lines of a table whose columns are named by its rows; none where there are no rows. */
export function tableOf(rows: readonly Readonly<Record<string, string | number>>[]): string[] {
  const [first] = rows;
  return first ? textTable(Object.keys(first), rows.map(Object.values)) : [];
}

/**
 * Asks about the level that two words name. "UPCA:0123" is a type and a value; when there is no such product, or no colon, the whole is
 * a SKU.
 * @throws UsageError before anything is opened; NotFound when there is no such facility; Failure when there is no such product
 */
export async function ofLevel<T>(run: Run, ask: (database: Database, place: LevelPlace) => Promise<T>): Promise<T> {
  const [facilityId, product] = run.words;
  if (facilityId === undefined || product === undefined) throw new UsageError("name the facility and the product");
  const whole = { idType: "SKU", idValue: product };
  const names = product.indexOf(":") > 0 ? [productNamed(product), whole] : [whole];
  return run.withDatabase(async (database) => {
    const place = await levelPlace(database, { facilityId, names }).catch((error: unknown) => {
      if (!(error instanceof NotFound) || error.what !== "product") throw error;
      throw new Failure(`${error.message} Write it as its SKU, or as TYPE:VALUE, such as UPCA:012345678905.`);
    });
    return ask(database, place);
  });
}
