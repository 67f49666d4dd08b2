// What an alarm is: its kinds, what it is about, and how it is told to a webhook. The texts are in alarm-texts.ts. An alarm
// follows from what is the case: it rings while its cause is there, and is cleared when it is gone.
import { localTime } from "./schedule.ts";

/** Every kind of alarm. Each has a section of its name in docs/runbook.md. */
export const alarmKinds = [
  "snapshot-late",
  "facility-missing",
  "facility-silent",
  "facility-held",
  "file-refused",
  "reset-failed",
  "jobs-failed",
  "poison-job",
] as const;

export type AlarmKind = (typeof alarmKinds)[number];

/** Something that is the case now and that somebody should know. */
export interface AlarmCause {
  /** The kind and what it is about, e.g. "facility-silent:S001": the same cause has the same key whoever finds it. */
  readonly key: string;
  readonly kind: AlarmKind;
  /** What happened, to what, since when, and what to do. */
  readonly message: string;
  /** Since when the cause is there. */
  readonly since: Date;
  /** Outside id. */
  readonly facilityId?: string;
  readonly resetId?: string;
  /** The snapshot's name. */
  readonly file?: string;
}

/** An alarm on record. */
export interface Alarm extends AlarmCause {
  /** Null while it rings. */
  readonly clearedAt: Date | null;
}

/** What is posted to ALERT_WEBHOOK_URL. Times are ISO in UTC. */
export interface AlarmNotice {
  /** Complete in itself, for a chat that shows nothing else. */
  readonly text: string;
  readonly kind: AlarmKind;
  /** The alarm's key; of many alarms told at once, the kind. */
  readonly key: string;
  readonly state: "ringing" | "cleared";
  /** Of many alarms, the earliest. */
  readonly since: string;
  readonly facilityId?: string;
  readonly resetId?: string;
  readonly file?: string;
  readonly runbook: string;
  /** Only where many alarms are told at once: which. */
  readonly alarms?: readonly { readonly key: string; readonly since: string; readonly facilityId?: string }[];
}

const NAMED_MAX = 10;

/** Where the runbook says what to do about a kind of alarm. */
export function runbookOf(kind: AlarmKind): string {
  return `docs/runbook.md#${kind}`;
}

/** Tells one alarm. @param timeZone of the times in the text */
export function alarmNotice(alarm: Alarm, timeZone: string): AlarmNotice {
  const { key, kind, since, clearedAt, facilityId, resetId, file } = alarm;
  const told =
    clearedAt === null
      ? `Alarm ${kind}: ${alarm.message}`
      : `All clear ${key}: it rang from ${localTime(since, timeZone)} to ${localTime(clearedAt, timeZone)}. It was: ${alarm.message}`;
  return {
    text: `${told} (${runbookOf(kind)})`,
    kind,
    key,
    state: stateOf(alarm),
    since: since.toISOString(),
    ...about({ facilityId, resetId, file }),
    runbook: runbookOf(kind),
  };
}

/** Tells many alarms of one kind and one state at once. @param alarms at least one */
export function alarmsNotice(alarms: readonly [Alarm, ...Alarm[]], timeZone: string): AlarmNotice {
  const [first] = alarms;
  const { kind } = first;
  const since = new Date(Math.min(...alarms.map((alarm) => alarm.since.getTime())));
  const names = alarms.slice(0, NAMED_MAX).map((alarm) => alarm.facilityId ?? alarm.key);
  const more = alarms.length > names.length ? ` and ${alarms.length - names.length} more` : "";
  const head =
    first.clearedAt === null
      ? `${alarms.length} alarms ${kind} at once`
      : `All clear of ${alarms.length} alarms ${kind}`;
  const text = `${head}, the earliest since ${localTime(since, timeZone)}: ${names.join(", ")}${more}. The first: ${first.message} (${runbookOf(kind)})`;
  return {
    text,
    kind,
    key: kind,
    state: stateOf(first),
    since: since.toISOString(),
    runbook: runbookOf(kind),
    alarms: alarms.map(({ key, since: began, facilityId }) => ({
      key,
      since: began.toISOString(),
      ...about({ facilityId }),
    })),
  };
}

function stateOf(alarm: Alarm): AlarmNotice["state"] {
  return alarm.clearedAt === null ? "ringing" : "cleared";
}

/** Only what there is: a field that is absent is not sent. */
function about(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
