// The operator at the command line: asked before anything that cannot simply be taken back, and named in the audit log, which notes what
// they do before it is done and once more at its end.
import { userInfo } from "node:os";
import { type Database, isOutage, sqlState } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { beginAction, endAction, type OperatorAction } from "@inventory-sync/operator";
import { ConfigError, maskUrlsIn } from "@inventory-sync/runtime";
import { Away, type Run, withDatabase } from "./command.ts";

/** The name of this machine's user, e.g. "ada at the command line". */
export function operatorName(): string {
  try {
    return `${userInfo().username} at the command line`;
  } catch {
    // A container may run under a number that has no name.
    return "somebody at the command line";
  }
}

/** What is done, and to what; then its outcome in words, from what was made. */
export interface Act<T> {
  readonly what: string;
  readonly target: string;
  readonly outcome: (done: T) => string;
}

/** Does something that the audit log notes. @param work returns what it made */
export async function audited<T>(database: Database, { outcome, ...act }: Act<T>, work: () => Promise<T>): Promise<T> {
  const action: OperatorAction = { who: operatorName(), role: "operator", by: "command line", address: null, ...act };
  const begunId = await beginAction(database, action);
  try {
    const done = await work();
    await endAction(database, begunId, { action, outcome: outcome(done) });
    return done;
  } catch (error) {
    // A database that is gone now leaves the row from before, which then has no outcome.
    await endAction(database, begunId, { action, outcome: `failed: ${messageOf(error)}` }).catch(() => undefined);
    throw error;
  }
}

/**
 * The same for what is done to a file, which must be possible while the database is away, or is none of this machine's: then it is done
 * and said that the audit log does not have it.
 */
export async function auditedIfReachable<T>(run: Run, act: Act<T>, work: () => Promise<T>): Promise<T> {
  let made: { readonly done: T } | undefined;
  const once = async () => {
    const done = await work();
    made = { done };
    return done;
  };
  try {
    return await withDatabase(run, (database) => audited(database, act, once));
  } catch (error) {
    if (!isWithoutDatabase(error)) throw error;
    run.out.say(`This is not in the audit log: ${whyWithout(error)}`);
    return (made ?? { done: await work() }).done;
  }
}

/** SQLSTATE of a table that is not there. */
export const UNDEFINED_TABLE = "42P01";

/** No database is named, it cannot be reached, or it has no tables yet. */
export function isWithoutDatabase(error: unknown): boolean {
  return (
    error instanceof Away || error instanceof ConfigError || isOutage(error) || sqlState(error) === UNDEFINED_TABLE
  );
}

/** Why a server could not be asked, in one line. */
export function whyWithout(error: unknown): string {
  return error instanceof ConfigError ? error.faults.join("; ") : maskUrlsIn(messageOf(error));
}

/** The option of every command that asks. */
export const yesOption = { yes: { type: "boolean" } } as const;

/**
 * Says what would be done, and whether to do it: yes with --yes, else what the operator at the terminal answers. Without
 * a terminal nothing is done.
 * @param would a sentence such as "Approving would correct 12 products at S001, 340 to 338 units."
 */
export async function isMeant(run: Run, would: string): Promise<boolean> {
  if (run.options.yes === true) return true;
  if (run.ask !== undefined) {
    const answer = (await run.ask(`${would}\nDo it? Type yes or no: `)).trim().toLowerCase();
    if (answer === "yes" || answer === "y") return true;
    run.out.document({ done: false, would });
    run.out.say("Nothing was done.");
    return false;
  }
  run.out.document({ done: false, would });
  run.out.say(`${would}\nNothing was done. Add --yes to do it.`);
  return false;
}
