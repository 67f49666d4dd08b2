// What an alarm is: its kinds, what it is about, and how it is told to a webhook. The texts are in alarm-texts.ts. An alarm
// follows from what is the case: it rings while its cause is there, and is cleared when it is gone.
import { localTime } from "./schedule.ts";
import { chatText } from "./showable.ts";

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
  /** How many things it is about, where that may grow: an acknowledgement is void once it has doubled. */
  readonly size?: number;
}

/** An alarm on record. */
export interface Alarm extends AlarmCause {
  /** Null while it rings. */
  readonly clearedAt: Date | null;
  /** It was told before, and nobody has acknowledged it since. */
  readonly isRepeat?: boolean;
}

/** What is posted to ALERT_WEBHOOK_URL. Times are ISO in UTC. */
export interface AlarmNotice {
  /** Complete in itself, for a chat that shows nothing else, and written for one: the other fields hold the values as they are. */
  readonly text: string;
  readonly kind: AlarmKind;
  /** The alarm's key; of many alarms told at once, the kind. */
  readonly key: string;
  readonly state: "ringing" | "cleared";
  /** It was told before, and is told again because it rings on and nobody has acknowledged it. */
  readonly repeat?: true;
  /** Of many alarms, the earliest. */
  readonly since: string;
  readonly facilityId?: string;
  readonly resetId?: string;
  readonly file?: string;
  /** The section of the runbook: an address when BOARD_URL is set. */
  readonly runbook: string;
  /** The alarm on the board, where it can be acknowledged; only when BOARD_URL is set. */
  readonly board?: string;
  /** Only where many alarms are told at once: which. */
  readonly alarms?: readonly { readonly key: string; readonly since: string; readonly facilityId?: string }[];
}

const NAMED_MAX = 10;

/** Where the runbook says what to do about a kind of alarm. */
export function runbookOf(kind: AlarmKind): string {
  return `docs/runbook.md#${kind}`;
}

/** How alarms are told: with times in this zone, and with links when it is known where the board is. */
export interface Telling {
  /** IANA name. */
  readonly timeZone: string;
  /** "https://board.example", as people reach it. */
  readonly boardUrl?: string | undefined;
}

/** Tells one alarm. */
export function alarmNotice(alarm: Alarm, telling: Telling): AlarmNotice {
  const { key, kind, since, clearedAt, facilityId, resetId, file, message } = alarm;
  const { timeZone } = telling;
  const told =
    clearedAt === null
      ? `${alarm.isRepeat ? "Still ringing" : "Alarm"} ${kind}: ${message}`
      : `All clear ${key}: it rang from ${localTime(since, timeZone)} to ${localTime(clearedAt, timeZone)}. It was: ${message}`;
  const links = linksOf(telling, kind, `#${encodeURIComponent(key)}`);
  return {
    ...{ text: chatText(`${told} (${links.runbook})`), kind, key, state: stateOf(alarm) },
    ...(alarm.isRepeat && { repeat: true }),
    since: since.toISOString(),
    ...about({ facilityId, resetId, file }),
    ...links,
  };
}

/** Tells many alarms of one kind and one state at once. @param alarms at least one */
export function alarmsNotice(alarms: readonly [Alarm, ...Alarm[]], telling: Telling): AlarmNotice {
  const [first] = alarms;
  const { kind, isRepeat } = first;
  const since = new Date(Math.min(...alarms.map((alarm) => alarm.since.getTime())));
  const names = alarms.slice(0, NAMED_MAX).map((alarm) => alarm.facilityId ?? alarm.key);
  const more = alarms.length > names.length ? ` and ${alarms.length - names.length} more` : "";
  const ringing = isRepeat ? `${alarms.length} alarms ${kind} still ring` : `${alarms.length} alarms ${kind} at once`;
  const head = first.clearedAt === null ? ringing : `All clear of ${alarms.length} alarms ${kind}`;
  const links = linksOf(telling, kind, "");
  const text = `${head}, the earliest since ${localTime(since, telling.timeZone)}: ${names.join(", ")}${more}. The first: ${first.message} (${links.runbook})`;
  return {
    ...{ text: chatText(text), kind, key: kind, state: stateOf(first) },
    ...(isRepeat && { repeat: true }),
    since: since.toISOString(),
    ...links,
    alarms: alarms.map(({ key, since: began, facilityId }) => ({
      key,
      since: began.toISOString(),
      ...about({ facilityId }),
    })),
  };
}

/** Where to read on: on the board when it is known where that is, else the page of the repository. */
function linksOf({ boardUrl }: Telling, kind: AlarmKind, anchor: string): Pick<AlarmNotice, "runbook" | "board"> {
  if (boardUrl === undefined) return { runbook: runbookOf(kind) };
  const base = boardUrl.replace(/(?<!\/)\/+$/, "");
  return { runbook: `${base}/runbook#${kind}`, board: `${base}/alarms${anchor}` };
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
