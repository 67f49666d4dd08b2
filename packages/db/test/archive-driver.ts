// Archives what can be of a facility, and puts it back: for tests whose claims hold over an archived ledger too.
import { archiveNext, type Database, facilitySide, listArchives, restoreArchive } from "@inventory-sync/db";

const LOCK_WAIT_MS_MAX = 1_000;
/** All that was recorded may go. */
const LATER = new Date("2100-01-01T00:00:00Z");

interface Where {
  readonly facilityId: string;
  readonly folder: string;
}

/** Moves everything that nothing can ask for to files of so many rows. @returns how many movements, and until when a count is stale */
export async function archiveAll(
  database: Database,
  { facilityId, folder }: Where,
  { before = LATER, rowsMax = 2 }: { readonly before?: Date; readonly rowsMax?: number } = {},
): Promise<{ readonly moved: number; readonly until: Date | null }> {
  const facility = (await facilitySide(database.pool, facilityId))?.id;
  if (facility === undefined) return { moved: 0, until: null };
  let moved = 0;
  for (;;) {
    const each = { facility, facilityId, before };
    const written = await archiveNext(database, each, { folder, lockWaitMsMax: LOCK_WAIT_MS_MAX, rowsMax });
    if (written === 0) break;
    moved += written;
  }
  const row = await database.prisma.facility.findUniqueOrThrow({ where: { id: facility } });
  return { moved, until: row.archivedUntil };
}

/** Puts all files of a facility back. */
export async function restoreAll(database: Database, { facilityId, folder }: Where): Promise<void> {
  const facility = (await facilitySide(database.pool, facilityId))?.id;
  if (facility === undefined) return;
  for (const file of await listArchives(database.pool, facility))
    await restoreArchive(database, file, { folder, lockWaitMsMax: LOCK_WAIT_MS_MAX });
}
