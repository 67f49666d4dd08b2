// What an alarm is: its kinds, what it is about, and how it is told to a webhook. The texts are in alarm-texts.ts. An alarm
// follows from what is the case: it fires while its cause is there, and is resolved when it is gone.
import { messageInZone, saidTimeInZone } from "./said-time.ts";
import { chatText } from "./showable.ts";
import { sentence, shortened, someOf } from "./words.ts";

/**
 * Every kind of alarm, the worst first: in this order they are shown wherever they are listed. A kind comes before another when it
 * puts the stock of more stores further from the shelves. Each has a section of its name in docs/runbook.md.
 */
export const alarmKinds = [
  "queue-replicas",
  "snapshot-late",
  "file-refused",
  "reset-failed",
  "file-not-put-away",
  "facility-held",
  "facility-missing",
  "facility-silent",
  "names-apart",
  "clock-wrong",
  "client-refused",
  "channel-failing",
  "channels-file",
  "channel-behind",
  "channel-drift",
  "channel-problems",
  "channel-version",
  "poison-job",
  "jobs-failed",
  "read-replica",
] as const;

export type AlarmKind = (typeof alarmKinds)[number];

/** Something that is the case now and that operators should know. */
export interface AlarmCause {
  /** The kind and what it is about, e.g. "facility-silent:S001": the same cause has the same key, whichever worker finds it. */
  readonly key: string;
  readonly kind: AlarmKind;
  /** What happened, to what, since when, and what to do. */
  readonly message: string;
  readonly since: Date;
  /** Outside id. */
  readonly facilityId?: string;
  readonly resetId?: string;
  /** The snapshot's name. */
  readonly file?: string;
  /** How many things it is about, where that may grow: an acknowledgement is void once it has doubled. */
  readonly size?: number;
}

/** Something that is the case. @param about what makes the cause this one among those of its kind */
export function alarmCause(
  kind: AlarmKind,
  about: readonly string[],
  fields: Omit<AlarmCause, "key" | "kind">,
): AlarmCause {
  return { key: [kind, ...about].join(":"), kind, ...fields };
}

const EXAMPLE_CHARACTERS_MAX = 300;

/** An example, as a sentence that is not too long. */
export function inBrief(text: string): string {
  return sentence(shortened(text, EXAMPLE_CHARACTERS_MAX));
}

/** An alarm on record. */
export interface Alarm extends AlarmCause {
  /** Null while it is firing. */
  readonly clearedAt: Date | null;
  /** It was told before, and no operator has acknowledged it since. */
  readonly isRepeat?: boolean;
  /** Of failed jobs and of a hold, once it is cleared: what became of them, in words. */
  readonly outcome?: string;
}

/** What is posted to ALERT_WEBHOOK_URL. Times are ISO in UTC, but in its text as people say them. */
export interface AlarmNotice {
  /** Complete in itself, for a chat that shows nothing else, and written for one: the other fields hold the values as they are. */
  readonly text: string;
  readonly kind: AlarmKind;
  /** The alarm's key; of many alarms told at once, the kind. */
  readonly key: string;
  /** Firing, or resolved. */
  readonly state: "ringing" | "cleared";
  /** It was told before, and is told again because it fires on and is not acknowledged. */
  readonly repeat?: true;
  /** Of many alarms, the earliest. */
  readonly since: string;
  readonly facilityId?: string;
  readonly resetId?: string;
  readonly file?: string;
  /** Of failed jobs and a hold that are resolved: what became of them. */
  readonly outcome?: string;
  /** The section of the runbook: an address when BOARD_URL is set. */
  readonly runbook: string;
  /** The alarm on the board, where it can be acknowledged; only when BOARD_URL is set. */
  readonly board?: string;
  /** Only where many alarms are told at once: which. */
  readonly alarms?: readonly {
    readonly key: string;
    readonly since: string;
    readonly facilityId?: string;
    readonly outcome?: string;
  }[];
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
  /** When they are told: decides what today is. */
  readonly now: Date;
  /** "https://board.example", as people reach it. */
  readonly boardUrl?: string | undefined;
}

/** Tells alarms of one kind and one state: one by itself, or many at once. */
export function alarmNotice(alarms: readonly [Alarm, ...Alarm[]], telling: Telling): AlarmNotice {
  const [first] = alarms;
  const isOne = alarms.length === 1;
  const { kind, isRepeat, facilityId, resetId, file, outcome } = first;
  const since = new Date(Math.min(...alarms.map((alarm) => alarm.since.getTime())));
  const links = linksOf(telling, kind, isOne ? `#${encodeURIComponent(first.key)}` : "");
  const told = isOne ? textOfOne(first, telling) : textOfMany(alarms, { first, since }, telling);
  return {
    text: chatText(`${told} (${links.runbook})`),
    kind,
    key: isOne ? first.key : kind,
    state: first.clearedAt === null ? "ringing" : "cleared",
    ...(isRepeat && { repeat: true }),
    since: since.toISOString(),
    ...(isOne && about({ facilityId, resetId, file, outcome })),
    ...links,
    ...(!isOne && {
      alarms: alarms.map((each) => ({
        key: each.key,
        since: each.since.toISOString(),
        ...about({ facilityId: each.facilityId, outcome: each.outcome }),
      })),
    }),
  };
}

function textOfOne(alarm: Alarm, { timeZone, now }: Telling): string {
  const { key, kind, since, clearedAt, isRepeat, outcome } = alarm;
  const message = messageInZone(alarm.message, timeZone, now);
  if (clearedAt === null) return `${isRepeat ? "Still active" : "Alarm"} ${kind}: ${message}`;
  const [from, to] = [saidTimeInZone(since, timeZone, now), saidTimeInZone(clearedAt, timeZone, now)];
  const fired = `it was active from ${from} to ${to}.`;
  return outcome === undefined
    ? `Resolved ${key}: ${fired} It was: ${message}`
    : `Resolved ${key}: ${outcome} (${sentence(fired)})`;
}

function textOfMany(
  alarms: readonly Alarm[],
  { first, since }: { readonly first: Alarm; readonly since: Date },
  { timeZone, now }: Telling,
): string {
  const names = alarms.map((alarm) => alarm.facilityId ?? alarm.key);
  const firing = first.isRepeat ? "are still active" : "at once";
  const head = `${alarms.length} alarms ${first.kind} ${first.clearedAt === null ? firing : "are resolved"}`;
  return `${head}, the earliest since ${saidTimeInZone(since, timeZone, now)}: ${someOf(names, NAMED_MAX)}. The first: ${messageInZone(first.outcome ?? first.message, timeZone, now)}`;
}

/** Where to read on: on the board when it is known where that is, else the page of the repository. */
function linksOf({ boardUrl }: Telling, kind: AlarmKind, anchor: string): Pick<AlarmNotice, "runbook" | "board"> {
  if (boardUrl === undefined) return { runbook: runbookOf(kind) };
  const base = boardUrl.replace(/(?<!\/)\/+$/, "");
  return { runbook: `${base}/runbook#${kind}`, board: `${base}/alarms${anchor}` };
}

/** Only what there is: a field that is absent is not sent. */
function about(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
