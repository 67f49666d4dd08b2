// Flow 2, after step 7: files that changed after they were taken. The database says who looks once more, and keeps what was found.
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/**
 * Takes the resets whose files are due for a second look, a few at once; no other worker gets them, unless their looks are not ended in time.
 * @param due how long ago they were put away, and within which time a look is ended, in milliseconds
 */
export async function claimSecondLooks(
  { pool }: Pick<Database, "pool">,
  due: { readonly msMin: number; readonly msMax: number; readonly filesMax: number; readonly lookMsMax: number },
): Promise<string[]> {
  const claimed = await run<{ id: string }>(pool, "claim_second_looks", [
    due.msMin,
    due.msMax,
    due.filesMax,
    due.lookMsMax,
  ]);
  return claimed.map(({ id }) => id);
}

/** Ends a look; one that could not be had is tried again. */
export async function endSecondLook(
  { pool }: Pick<Database, "pool">,
  resetId: string,
  { had }: { had: boolean },
): Promise<void> {
  await run(pool, "end_second_look", [resetId, had]);
}

/** Notes on a reset that its file changed after it was taken. @param what in words; said once, however often it is noted */
export async function noteChangedFile({ pool }: Pick<Database, "pool">, resetId: string, what: string): Promise<void> {
  await run(pool, "note_changed_file", [resetId, what]);
}
