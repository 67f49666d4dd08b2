// The audit log: who did what to which job and reset, from the board and from the command line. Rows are only ever added;
// a trigger of the database refuses every other change.
import type { Database } from "./database.ts";
import { run } from "./statements.ts";

/** Something that somebody is about to do. */
export interface OperatorAction {
  /** The name signed in with, or "board token". */
  readonly who: string;
  readonly role: string | null;
  readonly by: "session" | "token" | "form" | "command line";
  /** E.g. "approve a held facility". */
  readonly what: string;
  /** To which job or reset, e.g. "reset 0b1c…, facility S001". */
  readonly target: string;
  readonly address: string | null;
}

/** An action as people read it. Times are ISO in UTC. */
export interface ActionView extends Omit<OperatorAction, "by"> {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly endedAt: string | null;
  /** In words; null when it never said how it ended: its process died, or it is under way. */
  readonly outcome: string | null;
}

const TEXT_LENGTH_MAX = 500;
/** What a removed job carried stands in its outcome: an event of 500 lines. */
const OUTCOME_LENGTH_MAX = 100_000;

/** Notes an action before it is carried out and returns the id to end it with. @throws when the database cannot take it */
export async function beginAction(database: Database, action: OperatorAction): Promise<bigint> {
  const begun = await database.prisma.operatorAction.create({ data: rowOf(action), select: { id: true } });
  return begun.id;
}

/** Notes how an action ended. @param begunId what `beginAction` returned */
export async function endAction(
  database: Database,
  begunId: bigint,
  { action, outcome }: { readonly action: OperatorAction; readonly outcome: string },
): Promise<void> {
  await database.prisma.operatorAction.create({
    data: { ...rowOf(action), outcome: storable(outcome, OUTCOME_LENGTH_MAX), begunId },
  });
}

/** Notes an action that is over already, such as a sign-in or something refused at the door, in one row. */
export async function recordAction(database: Database, action: OperatorAction, outcome: string): Promise<void> {
  await database.prisma.operatorAction.create({
    data: { ...rowOf(action), outcome: storable(outcome, OUTCOME_LENGTH_MAX) },
  });
}

function rowOf({ who, role, by, what, target, address }: OperatorAction) {
  return { role, by, address, who: storable(who), what: storable(what), target: storable(target) };
}

/** Names and ids come from outside: what is not printable could not be stored (NUL), or would deceive whoever reads it. */
function storable(text: string, lengthMax = TEXT_LENGTH_MAX): string {
  const shown = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return shown.length > lengthMax ? `${[...shown.slice(0, lengthMax)].slice(0, -1).join("")}…` : shown;
}

type Row = {
  readonly id: string;
  readonly at: Date;
  readonly ended_at: Date | null;
  readonly who: string;
  readonly role: string | null;
  readonly by: string;
  readonly what: string;
  readonly target: string;
  readonly outcome: string | null;
  readonly address: string | null;
};

/** A page of actions, newest first, and the id before which the next one begins (undefined at the end). */
export async function listActions(
  database: Database,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<{ readonly actions: ActionView[]; readonly next: string | undefined }> {
  const rows = await run<Row>(database.pool, "list_actions", [page.before ?? null, page.limit + 1]);
  const shown = rows.slice(0, page.limit);
  const actions = shown.map(({ at, ended_at, ...row }) => ({
    ...row,
    at: at.toISOString(),
    endedAt: ended_at?.toISOString() ?? null,
  }));
  return { actions, next: rows.length > page.limit ? shown.at(-1)?.id : undefined };
}
