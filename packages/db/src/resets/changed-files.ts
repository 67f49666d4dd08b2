// Flow 2, after step 7: files that changed after they were taken. The database says who looks once more, and keeps what was found.
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** Takes the resets whose files are due for a second look, a few at once; no other worker gets them. @param due how long ago they were put away, in milliseconds */
export async function claimSecondLooks(
  { pool }: Pick<Database, "pool">,
  due: { readonly msMin: number; readonly msMax: number; readonly filesMax: number },
): Promise<string[]> {
  const claimed = await run<{ id: string }>(pool, "claim_second_looks", [due.msMin, due.msMax, due.filesMax]);
  return claimed.map(({ id }) => id);
}

/** Gives a look back that could not be had: it is tried again. */
export async function releaseSecondLook({ pool }: Pick<Database, "pool">, resetId: string): Promise<void> {
  await run(pool, "release_second_look", [resetId]);
}

/** Notes on a reset that its file changed after it was taken. @param what in words; said once, however often it is noted */
export async function noteChangedFile({ pool }: Pick<Database, "pool">, resetId: string, what: string): Promise<void> {
  await run(pool, "note_changed_file", [resetId, what]);
}
