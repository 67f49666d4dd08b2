// Flow 2, before step 1: a reset comes into being as a row. The row is the truth about the run; the queue only wakes it.
import { randomUUID } from "node:crypto";
import type { Database } from "../database.ts";

/** A snapshot file as it was seen in the inbox. */
export interface WaitingFile {
  /** Its name in incoming/, e.g. stock.csv. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** What lay beside it, so that the file need not stand still once more when its turn comes. */
  readonly beside?: string;
}

/**
 * Opens a reset over a waiting file, or finds the one that is already at that file. Its state is `staging`. Previews and
 * resets do not stand in each other's way: a preview finds only previews, a reset only resets.
 * @param requestedBy who asked: an operator's name, or the key of the scheduled run
 */
export async function openReset(
  database: Database,
  file: WaitingFile,
  { requestedBy, preview = false }: { readonly requestedBy: string; readonly preview?: boolean },
): Promise<{ readonly resetId: string; readonly already: boolean }> {
  const open = preview ? await openOn(database, file, { preview }) : undefined;
  if (open) return { resetId: open, already: true };
  const inserted = await database.pool.query<{ id: string }>(
    `insert into reset (id, file, size, modified_at, observed_at, requested_by, preview, report)
     values ($1, $2, $3, $4, clock_timestamp(), $5, $6, jsonb_build_object('beside', $7::text))
         on conflict (file) where finished_at is null and not preview do nothing
     returning id`,
    [randomUUID(), file.name, file.size, file.modifiedAt, requestedBy, preview, file.beside ?? ""],
  );
  const id = inserted.rows[0]?.id;
  if (id !== undefined) return { resetId: id, already: false };
  const other = await openOn(database, file, { preview });
  // It ended between the two statements: the file is free again.
  if (!other) return openReset(database, file, { requestedBy, preview });
  return { resetId: other, already: true };
}

async function openOn(
  database: Database,
  file: WaitingFile,
  { preview }: { readonly preview: boolean },
): Promise<string | undefined> {
  const open = await database.prisma.reset.findFirst({
    where: { file: file.name, finishedAt: null, preview },
    select: { id: true },
  });
  return open?.id;
}
