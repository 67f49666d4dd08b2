// The audit log: who did what to which job and reset, from the board and from the command line. Rows are only ever added;
// a trigger of the database refuses every other change.
import { type Database, read } from "@inventory-sync/db";
import { z } from "zod";
import { pageOfRows, time } from "./asking.ts";

/** An action as it is read. Times are ISO in UTC. */
export const actionRecord = z.object({
  id: z.string(),
  at: time,
  endedAt: time.nullable(),
  /** The name signed in with, or "board token". */
  who: z.string(),
  role: z.string().nullable(),
  by: z.string(),
  /** E.g. "approve a held facility". */
  what: z.string(),
  /** To which job or reset, e.g. "reset 0b1c…, facility S001". */
  target: z.string(),
  /** In words; null while it is under way, or when its process died before it said how it ended. */
  outcome: z.string().nullable(),
  address: z.string().nullable(),
});
export type ActionRecord = z.infer<typeof actionRecord>;

/** An action that is about to be done, or is noted in one row. */
export interface OperatorAction extends Pick<ActionRecord, "who" | "role" | "what" | "target" | "address"> {
  readonly by: "session" | "token" | "form" | "command line";
}

const TEXT_LENGTH_MAX = 500;
/** A refusal may name each fault of a body. */
const OUTCOME_LENGTH_MAX = 2_000;

/** Notes an action before it is carried out and returns the id to end it with. @throws when the database cannot take it */
export function beginAction(database: Database, action: OperatorAction): Promise<bigint> {
  return insert(database, action, {});
}

/** Notes how an action ended. @param begunId what `beginAction` returned */
export async function endAction(
  database: Database,
  begunId: bigint,
  { action, outcome }: { readonly action: OperatorAction; readonly outcome: string },
): Promise<void> {
  await insert(database, action, { outcome, begunId });
}

/** Notes an action that is over already, such as a sign-in or something refused at the door, in one row. */
export async function recordAction(database: Database, action: OperatorAction, outcome: string): Promise<void> {
  await insert(database, action, { outcome });
}

async function insert(
  database: Database,
  { who, role, by, what, target, address }: OperatorAction,
  { outcome, begunId }: { readonly outcome?: string; readonly begunId?: bigint },
): Promise<bigint> {
  const texts = { who: storable(who), what: storable(what), target: storable(target) };
  const end = outcome === undefined ? {} : { outcome: storable(outcome, OUTCOME_LENGTH_MAX), begunId: begunId ?? null };
  const data = { ...texts, role, by, address, ...end };
  return (await database.prisma.operatorAction.create({ data, select: { id: true } })).id;
}

/** Names and ids come from outside: what is not printable could not be stored (NUL), or would deceive whoever reads it. */
function storable(text: string, lengthMax = TEXT_LENGTH_MAX): string {
  const shown = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return shown.length > lengthMax ? `${[...shown.slice(0, lengthMax)].slice(0, -1).join("")}…` : shown;
}

/** A page of actions, newest first, and the id before which the next one begins (undefined at the end). */
export async function listActions(
  database: Database,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<{ readonly actions: readonly ActionRecord[]; readonly next: string | undefined }> {
  const rows = await read<ActionRecord>(database.pool, "list_actions", [before ?? null, limit + 1]);
  const { shown, last } = pageOfRows(rows, limit);
  return { actions: shown, next: last?.id };
}
