// How many rows of a reset are staged so far: its job says so while it is at it.
import { resetJobId } from "@inventory-sync/queue";
import { withinMs } from "@inventory-sync/runtime";
import type { Parts } from "../../parts.ts";

const ASK_MS_MAX = 1_000;

/** Rows staged so far, or null when that is not known: it has not begun, is over, or the queue is away. */
export async function rowsStaged(
  { queues }: Parts,
  reset: { readonly id: string; readonly generation: number; readonly state: string },
): Promise<number | null> {
  const queue = reset.state === "staging" && queues.bullQueues().find((each) => each.name === "resets");
  if (!queue) return null;
  const job = await withinMs(ASK_MS_MAX, queue.getJob(resetJobId(reset.id, reset.generation))).catch(() => undefined);
  const { progress } = job ?? {};
  const staged = typeof progress === "object" && "rowsStaged" in progress ? Number(progress.rowsStaged) : Number.NaN;
  return Number.isFinite(staged) ? staged : null;
}
