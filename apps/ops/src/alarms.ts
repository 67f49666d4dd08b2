// ops alarms: what rings and since when, who has taken it on, and taking it on.
import {
  acknowledgeAlarm,
  type ClearedAlarm,
  clearedAlarms,
  type RingingAlarm,
  ringingAlarms,
} from "@inventory-sync/db";
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
import { audited, operatorName } from "./operator.ts";
import { plural, table, timeWriter } from "./output.ts";

const LIMIT = { byDefault: 50, max: 1_000 };
const NOTE_CHARACTERS_MAX = 500;

export const alarmsList: Command = {
  name: "alarms list",
  usage: "[--cleared [--limit N]]",
  summary:
    "lists the alarms that ring, the longest first, with what to do; exits 1 when any does; --cleared: those that are over",
  options: { cleared: { type: "boolean" }, limit: { type: "string" } },
  positionalsMax: 0,
  run: (run) => (run.options.cleared === true ? listCleared(run) : listRinging(run)),
};

async function listRinging(run: Run): Promise<number> {
  const alarms = await withDatabase(run, ringingAlarms);
  run.out.document({ alarms });
  if (alarms.length === 0) {
    run.out.say("No alarm rings.");
    return exitCodes.ok;
  }
  const rows = alarms.map((each) => [...cells(run, each), each.runbook]);
  const header = ["since", "alarm", "facility", "key", "taken on by", "runbook"];
  for (const line of table(header, rows)) run.out.say(line);
  run.out.say("");
  for (const { kind, message, acknowledged } of alarms)
    run.out.say(`${kind}: ${message}${acknowledged?.note ? ` (${acknowledged.by}: ${acknowledged.note})` : ""}`);
  run.out.say(`${plural(alarms.length, "alarm")} ringing. Take one on with: alarms acknowledge KEY --note TEXT`);
  return exitCodes.found;
}

async function listCleared(run: Run): Promise<number> {
  const limit = countOption(run, "limit", LIMIT);
  const alarms = await withDatabase(run, (database) => clearedAlarms(database, limit));
  run.out.document({ alarms });
  const time = timeWriter(run.addresses.timeZone);
  const rows = alarms.map((each) => [time(each.clearedAt), ...cells(run, each)]);
  const header = ["cleared", "since", "alarm", "facility", "key", "taken on by"];
  if (rows.length === 0) run.out.say("No alarm has been over yet.");
  else for (const line of table(header, rows)) run.out.say(line);
  return exitCodes.ok;
}

function cells(run: Run, alarm: RingingAlarm | ClearedAlarm): string[] {
  const { since, kind, facilityId, key, acknowledged } = alarm;
  return [timeWriter(run.addresses.timeZone)(since), kind, facilityId ?? "–", key, acknowledged?.by ?? "–"];
}

export const alarmsAcknowledge: Command = {
  name: "alarms acknowledge",
  usage: "KEY [--note TEXT]",
  summary: "takes an alarm on: it rings on, but is told no more until it clears or has grown to twice its size",
  options: { note: { type: "string" } },
  // A key may have a blank in it, which not everybody quotes.
  positionalsMax: 4,
  async run(run) {
    const key = run.positionals.join(" ");
    const note = textOption(run, "note")?.trim() || null;
    if (key === "") throw new UsageError("name the alarm by its key; alarms list shows it");
    if (note !== null && note.length > NOTE_CHARACTERS_MAX)
      throw new UsageError(`--note has at most ${NOTE_CHARACTERS_MAX} characters`);
    const by = operatorName();
    await withDatabase(run, (database) =>
      audited(database, { what: "acknowledge an alarm", target: `alarm ${key}` }, async () => {
        const outcome = await acknowledgeAlarm(database, { key, since: undefined }, { by, note });
        if (outcome === "unknown") throw new Failure(`There is no alarm ${key}. alarms list shows what rings.`);
        if (outcome !== "acknowledged") throw new Failure(`The alarm ${key} is over already; nothing was changed.`);
        return { done: outcome, outcome: note === null ? outcome : `${outcome}: ${note}` };
      }),
    );
    run.out.document({ key, by, note });
    run.out.say(`${key} is taken on by ${by}. It rings on until its cause is gone.`);
    return exitCodes.ok;
  },
};
