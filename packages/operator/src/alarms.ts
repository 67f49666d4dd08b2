// Alarms as operators and machines read them, and the one thing that is done to one: acknowledging it. What fires and what is
// resolved follows from what is the case; the worker sees to that (packages/db/src/alarms.ts).
import { type Database, read, run } from "@inventory-sync/db";
import { type AlarmKind, alarmKinds, grouped, isPrintable, runbookOf } from "@inventory-sync/domain";
import { z } from "zod";
import { time } from "./asking.ts";

/** An alarm on record. Times are ISO in UTC. */
export const alarmRecord = z.object({
  key: z.string(),
  kind: z.enum(alarmKinds),
  /** What happened, to what, and what to do. */
  message: z.string(),
  since: time,
  facilityId: z.string().nullable(),
  resetId: z.uuid().nullable(),
  file: z.string().nullable(),
  /** How many things it is about, where that may grow: failed jobs. */
  size: z.int().nullable(),
  /** "docs/runbook.md#facility-held" */
  runbook: z.string(),
  /** Null until an operator has. */
  acknowledged: z.object({ by: z.string(), at: time, note: z.string().nullable() }).nullable(),
  /** When the webhook was last told that it is firing. */
  toldAt: time.nullable(),
  /** Null while it is firing. */
  clearedAt: time.nullable(),
  /** Of failed jobs and of a hold, once it is resolved: what became of them, in words. */
  outcome: z.string().nullable(),
});
export type AlarmRecord = z.infer<typeof alarmRecord>;

/** All that is firing, not acknowledged before acknowledged, the worst kind first, of a kind the longest first; or what was resolved most recently, newest first. @param limit null: all */
export async function listAlarms(
  { pool }: Pick<Database, "pool">,
  state: "firing" | "resolved",
  limit: number | null = null,
): Promise<AlarmRecord[]> {
  const values = [state === "firing", limit, [...alarmKinds]];
  const rows = await read<Omit<AlarmRecord, "runbook">>(pool, "list_alarms", values);
  return rows.map((row) => ({ ...row, runbook: runbookOf(row.kind) }));
}

/** Alarms that stand in one line: of one kind, all acknowledged or none. */
export interface AlarmGroup {
  readonly kind: AlarmKind;
  readonly isAcknowledged: boolean;
  readonly alarms: readonly [AlarmRecord, ...AlarmRecord[]];
}

/** Whether an alarm still waits for an operator who says that they have it. */
export function isUnacknowledged({ acknowledged }: Pick<AlarmRecord, "acknowledged">): boolean {
  return acknowledged === null;
}

/** Firing alarms by kind, those that are not acknowledged before the others. @param alarms in the order of the list */
export function groupAlarms(alarms: readonly AlarmRecord[]): AlarmGroup[] {
  const groups = grouped(alarms, (alarm) => `${isUnacknowledged(alarm)} ${alarm.kind}`);
  return [...groups.values()].map((of) => ({ kind: of[0].kind, isAcknowledged: !isUnacknowledged(of[0]), alarms: of }));
}

/** What acknowledging is called in the audit log, and what it does, wherever it is offered. */
export const acknowledging = {
  noteCharactersMax: 500,
  what: "acknowledge an alarm",
  target: (key: string) => `alarm ${key}`,
  says: "It stays active until its cause is gone. We won't notify again unless it doubles.",
  outcome: ({ note }: { readonly note: string | null }) => (note === null ? "acknowledged" : `acknowledged: ${note}`),
} as const;

/** What an operator may note, of an alarm or with a decision. */
export const noteText = z
  .string()
  .trim()
  .max(acknowledging.noteCharactersMax, `must have at most ${acknowledging.noteCharactersMax} characters`)
  .refine((text) => isPrintable(text.replace(/[\r\n\t]/g, "")), "must be printable text");

/** How an alarm is acknowledged: with a note for others, and since when it was firing when the operator saw it. */
export const acknowledgement = z.strictObject({
  note: noteText.optional(),
  since: z.iso.datetime({ offset: true, error: 'must be the alarm\'s "since"' }).optional(),
});

/** An alarm could not be acknowledged; nothing was changed. The message says why, to the operator. */
export class NotFiring extends Error {
  override readonly name = "NotFiring";
  readonly why: "unknown" | "resolved" | "fired again";

  constructor(key: string, why: NotFiring["why"]) {
    const unknown = `There is no alarm ${key}; the list of alarms has those that are firing.`;
    const other = why === "resolved" ? "is resolved already" : "was resolved and has fired again since you looked";
    super(why === "unknown" ? unknown : `The alarm ${key} ${other}; nothing was changed. Look at the alarms again.`);
    this.why = why;
  }
}

/**
 * Acknowledges an alarm.
 * @param by the operator's name
 * @returns whose it is now
 * @throws NotFiring when it is not firing, or has fired again since
 */
export async function acknowledgeAlarm(
  { pool }: Pick<Database, "pool">,
  key: string,
  { note, since }: z.infer<typeof acknowledgement>,
  by: string,
): Promise<{ key: string; by: string; note: string | null }> {
  type Row = { readonly outcome: "acknowledged" | "resolved" | "fired again" };
  const [row] = await run<Row>(pool, "acknowledge_alarm", [key, since ?? null, by, note || null]);
  const outcome = row?.outcome ?? "unknown";
  if (outcome !== "acknowledged") throw new NotFiring(key, outcome);
  return { key, by, note: note || null };
}
