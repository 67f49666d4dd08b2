// Flow 2, steps 3 and 4: how they end, as plain data; and what is asked of a whole file before anything stays of it.
import { type Database, isOutage, NotToStage, seenBefore } from "@inventory-sync/db";
import { Deferred, type FileAsOf, FileRefused, messageOf, type RefusalCode } from "@inventory-sync/domain";

const ELSEWHERE_RETRY_MS = 2_000;

/** Of which file one is the copy, its hash, and what counts as its time. */
interface Duplicate {
  readonly of: string;
  readonly sha256: string;
  readonly asOf: Date;
  readonly asOfFrom: string;
}

/** How staging ended. Plain data: an error loses its class between threads. */
export type StageEnd =
  | { readonly ended: "staged"; readonly rows: number; readonly rejected: number; readonly skipped: number }
  /** The very file was taken before, by another reset. */
  | ({ readonly ended: "duplicate" } & Duplicate)
  | { readonly ended: "refused"; readonly code: RefusalCode; readonly message: string }
  /** Another worker is at it, the reset has moved on, or the file is still being written. */
  | { readonly ended: "deferred"; readonly retryAfterMs: number; readonly reason: string }
  | { readonly ended: "outage"; readonly reason: string };

/** How an error ended the staging of a file. Throws it where it was not foreseen. */
export function endOf(error: unknown): StageEnd {
  if (error instanceof SeenBefore) return { ended: "duplicate", ...error.duplicate };
  if (error instanceof FileRefused) return { ended: "refused", code: error.code, message: error.message };
  if (error instanceof NotToStage)
    return { ended: "deferred", retryAfterMs: ELSEWHERE_RETRY_MS, reason: error.message };
  if (error instanceof Deferred) return { ended: "deferred", retryAfterMs: error.retryAfterMs, reason: error.message };
  if (isOutage(error)) return { ended: "outage", reason: messageOf(error) };
  throw error;
}

/** Ends the transaction of a file that was taken before. */
class SeenBefore extends Error {
  override readonly name = "SeenBefore";
  readonly duplicate: Duplicate;

  constructor(duplicate: Duplicate) {
    super(`a duplicate of ${duplicate.of}`);
    this.duplicate = duplicate;
  }
}

/**
 * Makes the question whether what a file says may be believed, asked as often as one likes: all of it has come, and it was not taken before.
 * Throws what ended the download, or what endOf tells as a duplicate.
 * @param when says when the file was true, asked once it has come
 */
export function believing(
  database: Database,
  file: { readonly resetId: string; readonly sha256: Promise<string>; readonly timeZone: string },
  when: () => FileAsOf,
): () => Promise<void> {
  const ask = async (): Promise<void> => {
    const sha256 = await file.sha256;
    const { asOf, asOfFrom } = when();
    const whole = { ...file, sha256, asOf: new Date(asOf), asOfFrom };
    const seen = await seenBefore(database, whole);
    if (seen) throw new SeenBefore({ ...whole, of: `${seen.file} (reset ${seen.id})` });
  };
  let asked: Promise<void> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
