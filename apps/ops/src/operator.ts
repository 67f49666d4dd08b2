// Who works at the command line, and the audit log of what they do there: noted before it is done and once more at its end.
import { userInfo } from "node:os";
import { beginAction, type Database, endAction, type OperatorAction } from "@inventory-sync/db";
import { messageOf } from "./command.ts";

/** The name of this machine's user, e.g. "ada at the command line". */
export function operatorName(): string {
  try {
    return `${userInfo().username} at the command line`;
  } catch {
    // A container may run under a number that has no name.
    return "somebody at the command line";
  }
}

/** Does something under the eyes of the audit log. @param work returns what it made, and its outcome in words */
export async function audited<T>(
  database: Database,
  act: { readonly what: string; readonly target: string },
  work: () => Promise<{ readonly done: T; readonly outcome: string }>,
): Promise<T> {
  const action: OperatorAction = { who: operatorName(), role: "operator", by: "command line", address: null, ...act };
  const begunId = await beginAction(database, action);
  try {
    const { done, outcome } = await work();
    await endAction(database, begunId, { action, outcome });
    return done;
  } catch (error) {
    // A database that is gone now leaves the row from before, which says that it never told its end.
    await endAction(database, begunId, { action, outcome: `failed: ${messageOf(error)}` }).catch(() => undefined);
    throw error;
  }
}
