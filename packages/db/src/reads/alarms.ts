// Alarms as people see them: what rings and who has taken it on, and what is over. Acknowledging stands here too: it is what
// people do to what they see; raising and clearing are in ../alarms.ts.
import { type AlarmKind, runbookOf } from "@inventory-sync/domain";
import type { Database } from "../database.ts";

/** Who has taken an alarm on. */
export interface Acknowledgement {
  readonly by: string;
  /** ISO in UTC. */
  readonly at: string;
  readonly note: string | null;
}

/** An alarm that rings. Times are ISO in UTC. */
export interface RingingAlarm {
  readonly key: string;
  readonly kind: AlarmKind;
  /** What happened, to what, and what to do. */
  readonly message: string;
  readonly since: string;
  readonly facilityId: string | null;
  readonly resetId: string | null;
  readonly file: string | null;
  /** "docs/runbook.md#facility-held" */
  readonly runbook: string;
  /** Null while nobody has. */
  readonly acknowledged: Acknowledgement | null;
  /** When the webhook was last told that it rings. */
  readonly toldAt: string | null;
}

/** An alarm that is over. */
export interface ClearedAlarm extends Omit<RingingAlarm, "toldAt"> {
  readonly clearedAt: string;
}

const fields = {
  ...{
    key: true,
    kind: true,
    message: true,
    since: true,
    clearedAt: true,
    facilityId: true,
    resetId: true,
    file: true,
  },
  ...{ acknowledgedAt: true, acknowledgedBy: true, acknowledgedNote: true, postedAt: true },
} as const;

/** All that rings now, longest first. */
export async function ringingAlarms(database: Database): Promise<RingingAlarm[]> {
  const rows = await database.prisma.alarm.findMany({
    where: { clearedAt: null },
    orderBy: [{ since: "asc" }, { key: "asc" }],
    select: fields,
  });
  return rows.map((row) => ({ ...viewOf(row), toldAt: row.postedAt?.toISOString() ?? null }));
}

/** What was over most recently, newest first. */
export async function clearedAlarms(database: Database, limit: number): Promise<ClearedAlarm[]> {
  const rows = await database.prisma.alarm.findMany({
    where: { clearedAt: { not: null } },
    orderBy: [{ clearedAt: "desc" }, { key: "asc" }],
    take: limit,
    select: fields,
  });
  return rows.map((row) => ({ ...viewOf(row), clearedAt: (row.clearedAt ?? row.since).toISOString() }));
}

/**
 * Takes an alarm on: it rings on, but is not told again until it clears or has grown to twice its size.
 * @param expected.since of the alarm that somebody saw; one that has cleared and rung anew since is another
 * @returns what became of it; only "acknowledged" changed anything
 */
export async function acknowledgeAlarm(
  database: Database,
  expected: { readonly key: string; readonly since: Date | undefined },
  { by, note }: { readonly by: string; readonly note: string | null },
): Promise<"acknowledged" | "cleared" | "rang anew" | "unknown"> {
  const { key, since } = expected;
  const done = await database.pool.query(
    `update alarm
        set acknowledged_at = clock_timestamp(), acknowledged_by = $2, acknowledged_note = $3, acknowledged_size = size
      where key = $1 and cleared_at is null and ($4::timestamptz is null or since = $4)`,
    [key, by, note, since ?? null],
  );
  if (done.rowCount === 1) return "acknowledged";
  const known = await database.prisma.alarm.findUnique({ where: { key }, select: { clearedAt: true } });
  if (known === null) return "unknown";
  return known.clearedAt === null ? "rang anew" : "cleared";
}

type Row = {
  readonly key: string;
  readonly kind: string;
  readonly message: string;
  readonly since: Date;
  readonly facilityId: string | null;
  readonly resetId: string | null;
  readonly file: string | null;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedNote: string | null;
};

function viewOf(row: Row): Omit<RingingAlarm, "toldAt"> {
  const { key, message, facilityId, resetId, file, acknowledgedAt, acknowledgedBy } = row;
  const kind = row.kind as AlarmKind;
  const acknowledged = acknowledgedAt && {
    ...{ by: acknowledgedBy ?? "", at: acknowledgedAt.toISOString(), note: row.acknowledgedNote },
  };
  const since = row.since.toISOString();
  return { key, kind, message, since, facilityId, resetId, file, runbook: runbookOf(kind), acknowledged };
}
