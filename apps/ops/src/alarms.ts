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
import { type Command, checkedOption, exitCodes, Failure, type Run, UsageError } from "./command.ts";

const alarmsList: Command = {
  name: "alarms list",
  usage: "[--cleared [--limit N]]",
  summary:
    "lists the active alarms, the worst first and acknowledged ones last, with what to do; exits 1 when there are any; --cleared: those that are resolved",
  run: (run) => (run.has("cleared") ? listResolved(run) : listFiring(run)),
};

async function listFiring(run: Run): Promise<number> {
  const alarms = await run.withDatabase((database) => listAlarms(database, "firing"));
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
  const limit = run.count("limit");
  const alarms = await run.withDatabase((database) => listAlarms(database, "resolved", limit));
  run.out.document({ alarms });
  const rows = alarms.map((each) => [run.time(each.clearedAt), ...cells(run, each)]);
  const header = ["resolved", "since", "alarm", "facility", "key", "acknowledged by"];
  run.out.table(header, rows, "No alarms were resolved in the last 90 days.");
  for (const { key, outcome } of alarms) if (outcome !== null) run.out.say(`${key}: ${outcome}`);
  return exitCodes.ok;
}

function cells(run: Run, { since, kind, facilityId, key, acknowledged }: AlarmRecord): string[] {
  return [run.time(since), kind, facilityId ?? "–", key, acknowledged?.by ?? "–"];
}

const alarmsAcknowledge: Command = {
  name: "alarms acknowledge",
  usage: "KEY [--note TEXT]",
  summary: `acknowledges an alarm. ${acknowledging.says}`,
  // A key may have a blank in it, which not everybody quotes.
  wordsMax: 4,
  async run(run) {
    const key = run.words.join(" ");
    if (key === "") throw new UsageError("name the alarm by its key; alarms list shows it");
    const given = checkedOption("note", acknowledgement, { note: run.text("note") });
    const act = { ...acknowledging, target: acknowledging.target(key) };
    const done = await run.audited(act, (database) => acknowledgeAlarm(database, key, given, run.operator));
    run.out.document(done);
    run.out.say(
      `${key} is acknowledged by ${done.by}; no further notifications, unless it doubles. It stays active until its cause is gone.`,
    );
    return exitCodes.ok;
  },
};

const alarmsTest: Command = {
  name: "alarms test",
  summary: "posts a message to ALERT_WEBHOOK_URL as alarms are posted, and says whether it was taken",
  async run(run) {
    const url = run.addresses.alertWebhook;
    if (url === undefined) throw new UsageError("ALERT_WEBHOOK_URL is not set: set it as the worker has it");
    const text = `A test by ${run.operator}: alarms of inventory-sync arrive here. Nothing is wrong.`;
    await postJson(url, { text, kind: "test" }).catch((error: unknown) => {
      throw new Failure(
        `The webhook did not take it: ${messageOf(error)}. Look at ALERT_WEBHOOK_URL and at its receiver.`,
      );
    });
    return run.done({ taken: true }, "The webhook took the message. Look whether it has arrived.");
  },
};

export const alarmCommands: readonly Command[] = [alarmsList, alarmsAcknowledge, alarmsTest];
