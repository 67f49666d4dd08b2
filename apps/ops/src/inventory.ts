// ops inventory: what is on hand at a facility, all of it or one product, now or as the ledger knew it.
import { type LevelView, listLevels, readLevel, readLevelAt } from "@inventory-sync/db";
import { z } from "zod";
import {
  type Command,
  countOption,
  exitCodes,
  Failure,
  type Run,
  textOption,
  UsageError,
  withDatabase,
} from "./command.ts";
import { table, timeWriter } from "./output.ts";
import { facilityOf, placeOf } from "./place.ts";

const LIMIT = { byDefault: 100, max: 10_000 };
const instant = z.iso.datetime({ offset: true });

export const inventory: Command = {
  name: "inventory",
  usage: "FACILITY [PRODUCT [--at TIME]] [--limit N] [--after CURSOR]",
  summary: "lists what is on hand at a facility, or of one product there, now or as the ledger knew it at a time",
  options: { at: { type: "string" }, limit: { type: "string" }, after: { type: "string" } },
  positionalsMax: 2,
  run: (run) => (run.positionals.length > 1 ? one(run) : all(run)),
};

async function all(run: Run): Promise<number> {
  const [facilityId] = run.positionals;
  if (facilityId === undefined) throw new UsageError("name the facility; facilities lists them");
  if (textOption(run, "at") !== undefined) throw new UsageError("--at is for one product: name it after the facility");
  const limit = countOption(run, "limit", LIMIT);
  const after = textOption(run, "after") ?? "0";
  if (!/^\d{1,9}$/.test(after)) throw new UsageError("--after is what this list ended with");
  const { levels, lastProduct } = await withDatabase(run, async (database) => {
    const facility = await facilityOf(database, facilityId);
    return listLevels(database, { facility, facilityId, afterProduct: Number(after), limit: limit + 1 });
  });
  const shown = levels.slice(0, limit);
  // The place of the last one shown is not known when one more was read: then that one comes again, and nothing is missed.
  const next = levels.length > limit ? String(lastProduct - 1) : null;
  run.out.document({ levels: shown, next });
  if (shown.length === 0)
    run.out.say(`Nothing has ever been stocked at ${facilityId}${after === "0" ? "" : " after that"}.`);
  else say(run, shown);
  if (next !== null) run.out.say(`More: --after ${next}`);
  return exitCodes.ok;
}

async function one(run: Run): Promise<number> {
  const [facilityId = "", product = ""] = run.positionals;
  const at = timeOption(run);
  const level = await withDatabase(run, async (database) => {
    const place = await placeOf(database, { facilityId, product });
    return at ? readLevelAt(database, place, at) : readLevel(database, place);
  });
  if (!level)
    throw new Failure(`Facility ${facilityId} has never had ${product}: neither a movement nor a count of it.`);
  run.out.document(level);
  say(run, [level]);
  return exitCodes.ok;
}

function say(run: Run, levels: readonly LevelView[]): void {
  const time = timeWriter(run.addresses.timeZone);
  const rows = levels.map((each) => [each.idType, each.idValue, each.onHand, time(each.asOf), time(each.updatedAt)]);
  for (const line of table(["id type", "id value", "on hand", "count true at", "changed"], rows)) run.out.say(line);
}

function timeOption(run: Run): Date | undefined {
  const text = textOption(run, "at");
  if (text === undefined) return undefined;
  if (!instant.safeParse(text).success)
    throw new UsageError("--at is a time with a zone, such as 2026-11-23T10:15:00-05:00");
  return new Date(text);
}
