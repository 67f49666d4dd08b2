// ops ledger, ops event: the movements of one product at one facility, and what became of one event.
import { type LedgerPlace, listLedger, readEvent } from "@inventory-sync/db";
import { type Command, countOption, exitCodes, Failure, textOption, UsageError, withDatabase } from "./command.ts";
import { signed, table, timeWriter } from "./output.ts";
import { facilityOf, placeOf } from "./place.ts";

const LIMIT = { byDefault: 50, max: 10_000 };

export const ledger: Command = {
  name: "ledger",
  usage: "FACILITY PRODUCT [--limit N] [--before CURSOR]",
  summary: "lists the movements of a product at a facility, newest first, each with what was on hand after it",
  options: { limit: { type: "string" }, before: { type: "string" } },
  positionalsMax: 2,
  async run(run) {
    const [facilityId, product] = run.positionals;
    if (facilityId === undefined || product === undefined) throw new UsageError("name the facility and the product");
    const [limit, before] = [countOption(run, "limit", LIMIT), readPlace(textOption(run, "before"))];
    const { entries, next } = await withDatabase(run, async (database) =>
      listLedger(database, await placeOf(database, { facilityId, product }), { before, limit }),
    );
    run.out.document({ entries, next: next ? writePlace(next) : null });
    if (entries.length === 0)
      throw new Failure(`The ledger of ${facilityId} has nothing${before ? " older" : ""} of ${product}.`);
    const time = timeWriter(run.addresses.timeZone);
    const rows = entries.map((each) => [
      ...[time(each.recordedAt), each.type, each.eventId, each.line, signed(each.quantity)],
      ...[each.absorbed ? "0 (in the count)" : signed(each.effect), each.onHandAfter],
      ...[time(each.occurredAt), each.resetId ?? "–"],
    ]);
    const header = ["recorded", "what", "event", "line", "asked", "effect", "on hand", "happened", "reset"];
    for (const line of table(header, rows)) run.out.say(line);
    if (next) run.out.say(`Older ones: --before ${writePlace(next)}`);
    return exitCodes.ok;
  },
};

export const event: Command = {
  name: "event",
  usage: "FACILITY EVENT",
  summary: "says what became of one event: its movements, or that the ledger has nothing of it",
  options: {},
  positionalsMax: 2,
  async run(run) {
    const [facilityId, eventId] = run.positionals;
    if (facilityId === undefined || eventId === undefined) throw new UsageError("name the facility and the event");
    const found = await withDatabase(run, async (database) =>
      readEvent(database, { facility: await facilityOf(database, facilityId), facilityId, eventId }),
    );
    if (!found)
      throw new Failure(
        `The ledger has nothing of event ${eventId} of facility ${facilityId}: it never came, still waits in the queue, or its job failed (jobs failed lists those).`,
      );
    run.out.document(found);
    const time = timeWriter(run.addresses.timeZone);
    const { acknowledges } = found;
    if (acknowledges)
      run.out.say(
        `It acknowledges shipment ${acknowledges.shipmentEventId}, from ${time(acknowledges.occurredAt)} on.`,
      );
    const rows = found.movements.map((each) => [
      ...[each.line, each.type, each.idType, each.idValue, signed(each.quantity)],
      ...[each.absorbed ? "0 (in the count)" : signed(each.effect), time(each.occurredAt), time(each.recordedAt)],
      each.clockSkew ? "its clock was ahead" : (each.reason ?? ""),
    ]);
    const header = ["line", "what", "id type", "id value", "asked", "effect", "happened", "recorded", ""];
    if (rows.length === 0) run.out.say("It changed no level.");
    else for (const line of table(header, rows)) run.out.say(line);
    return exitCodes.ok;
  },
};

function writePlace({ seq, onHand }: LedgerPlace): string {
  return `${seq}:${onHand}`;
}

function readPlace(text: string | undefined): LedgerPlace | undefined {
  if (text === undefined) return undefined;
  const [, seq, onHand] = /^(\d{1,18}):(-?\d{1,20}(?:\.\d{1,4})?)$/.exec(text) ?? [];
  if (seq === undefined || onHand === undefined) throw new UsageError("--before is what this list ended with");
  return { seq, onHand };
}
