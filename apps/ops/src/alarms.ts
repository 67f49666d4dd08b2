// ops alarms: what is active and since when, what is resolved, and acknowledging an alarm.
import { messageInZone, messageOf, plural } from "@inventory-sync/domain";
import {
  type AlarmRecord,
  acknowledgeAlarm,
  acknowledgement,
  acknowledging,
  isUnacknowledged,
  listAlarms,
} from "@inventory-sync/operator";
import { postJson } from "@inventory-sync/runtime";
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

export const alarmsList: Command = {
  name: "alarms list",
  usage: "[--cleared [--limit N]]",
  summary:
    "lists the active alarms, the worst first and acknowledged ones last, with what to do; exits 1 when there are any; --cleared: those that are resolved",
  options: { cleared: { type: "boolean" }, limit: { type: "string" } },
  run: (run) => (run.options.cleared === true ? listResolved(run) : listFiring(run)),
};

async function listFiring(run: Run): Promise<number> {
  const alarms = await withDatabase(run, (database) => listAlarms(database, "firing"));
  run.out.document({ alarms });
  if (alarms.length === 0) {
    run.out.say("No active alarms.");
    return exitCodes.ok;
  }
  const rows = alarms.map((each) => [...cells(run, each), each.runbook]);
  run.out.table(["since", "alarm", "facility", "key", "acknowledged by", "runbook"], rows);
  const open = alarms.filter(isUnacknowledged).length;
  run.out.say("");
  const now = new Date();
  for (const { kind, message, acknowledged } of alarms)
    run.out.say(
      `${kind}: ${messageInZone(message, run.addresses.timeZone, now)}${acknowledged?.note ? ` (${acknowledged.by}: ${acknowledged.note})` : ""}`,
    );
  run.out.say(
    `${plural(alarms.length, "active alarm")}, ${open} not acknowledged. Acknowledge one with: alarms acknowledge KEY --note TEXT`,
  );
  return exitCodes.found;
}

async function listResolved(run: Run): Promise<number> {
  const limit = countOption(run, "limit");
  const alarms = await withDatabase(run, (database) => listAlarms(database, "resolved", limit));
  run.out.document({ alarms });
  const rows = alarms.map((each) => [run.time(each.clearedAt), ...cells(run, each)]);
  if (rows.length === 0) run.out.say("No alarms were resolved in the last 90 days.");
  else run.out.table(["resolved", "since", "alarm", "facility", "key", "acknowledged by"], rows);
  for (const { key, outcome } of alarms) if (outcome !== null) run.out.say(`${key}: ${outcome}`);
  return exitCodes.ok;
}

function cells(run: Run, { since, kind, facilityId, key, acknowledged }: AlarmRecord): string[] {
  return [run.time(since), kind, facilityId ?? "–", key, acknowledged?.by ?? "–"];
}

export const alarmsAcknowledge: Command = {
  name: "alarms acknowledge",
  usage: "KEY [--note TEXT]",
  summary: `acknowledges an alarm. ${acknowledging.says}`,
  options: { note: { type: "string" } },
  // A key may have a blank in it, which not everybody quotes.
  positionalsMax: 4,
  async run(run) {
    const key = run.positionals.join(" ");
    if (key === "") throw new UsageError("name the alarm by its key; alarms list shows it");
    const given = acknowledgement.safeParse({ note: textOption(run, "note") });
    if (!given.success) throw new UsageError(`--note ${given.error.issues[0]?.message}`);
    const act = { what: acknowledging.what, target: acknowledging.target(key), outcome: acknowledging.outcome };
    const done = await withDatabase(run, (database) =>
      audited(database, act, () => acknowledgeAlarm(database, key, given.data, operatorName())),
    );
    run.out.document(done);
    run.out.say(
      `${key} is acknowledged by ${done.by}; no further notifications, unless it doubles. It stays active until its cause is gone.`,
    );
    return exitCodes.ok;
  },
};

export const alarmsTest: Command = {
  name: "alarms test",
  summary: "posts a message to ALERT_WEBHOOK_URL as alarms are posted, and says whether it was taken",
  async run(run) {
    const url = run.addresses.alertWebhook;
    if (url === undefined) throw new UsageError("ALERT_WEBHOOK_URL is not set: set it as the worker has it");
    const text = `A test by ${operatorName()}: alarms of inventory-sync arrive here. Nothing is wrong.`;
    await postJson(url, { text, kind: "test" }).catch((error: unknown) => {
      throw new Failure(
        `The webhook did not take it: ${messageOf(error)}. Look at ALERT_WEBHOOK_URL and at its receiver.`,
      );
    });
    run.out.document({ taken: true });
    run.out.say("The webhook took the message. Look whether it has arrived.");
    return exitCodes.ok;
  },
};
