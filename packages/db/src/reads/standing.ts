// How stock stands, in the few numbers that a scrape of metrics asks for: what needs somebody, how old the counts are, how the
// last reset went.
import type { Database } from "../database.ts";

export interface Standing {
  /** Facilities that wait for somebody, by state of their reset. */
  readonly attention: { readonly held: number; readonly failed: number };
  /** What each facility's stock rests on: the time of the newest count applied in the last 30 days, oldest first. */
  readonly snapshots: readonly { readonly facilityId: string; readonly asOf: Date }[];
  /** The reset that ended last, previews and duplicates aside. */
  readonly lastReset: LastReset | undefined;
}

export interface LastReset {
  readonly id: string;
  readonly state: string;
  readonly finishedAt: Date;
  readonly rows: number;
  /** Milliseconds by step: fetchMs, stageMs, putAwayMs, totalMs. */
  readonly timings: Readonly<Record<string, number>>;
  /** Facilities by state. */
  readonly facilities: Readonly<Record<string, number>>;
}

/** @param facilitiesMax so many snapshots at most, those with the oldest counts */
export async function readStanding(
  { pool }: Pick<Database, "pool">,
  { facilitiesMax }: { readonly facilitiesMax: number },
): Promise<Standing> {
  const [attention, snapshots, lastReset] = await Promise.all([
    pool.query<{ held: number; failed: number }>(attentionSql),
    pool.query<{ facilityId: string; asOf: Date }>(snapshotsSql, [facilitiesMax]),
    pool.query<LastReset>(lastResetSql),
  ]);
  return {
    attention: attention.rows[0] ?? { held: 0, failed: 0 },
    snapshots: snapshots.rows,
    lastReset: lastReset.rows[0],
  };
}

/** Rejected rows of a reset by code. It reads all of them; once a reset has ended they stay as they are. */
export async function rejectedByCode(
  { pool }: Pick<Database, "pool">,
  resetId: string,
): Promise<readonly { readonly code: string; readonly rows: number }[]> {
  const counted = await pool.query<{ code: string; rows: number }>(
    "select code, count(*)::int as rows from rejected_row where reset_id = $1 group by code",
    [resetId],
  );
  return counted.rows;
}

// A failed one has been dealt with once a later reset got somewhere with its facility, as in list_attention.sql.
const attentionSql = `
  select (count(*) filter (where s.state = 'held'))::int as held,
         (count(*) filter (where s.state = 'failed'))::int as failed
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.state in ('held', 'failed') and not r.preview
     and (s.state = 'held'
          or not exists (select from facility_reset t
                           join reset n on n.id = t.reset_id
                          where t.facility_id = s.facility_id and not n.preview
                            and t.state in ('applied', 'stale', 'held', 'failed')
                            and (n.created_at, n.id) > (r.created_at, r.id)))`;

const snapshotsSql = `
  select f.facility_id as "facilityId", max(r.as_of) as "asOf"
    from reset r
    join facility_reset s on s.reset_id = r.id
    join facility f on f.id = s.facility_id
   where r.created_at > clock_timestamp() - interval '30 days' and not r.preview and r.as_of is not null
     and s.state = 'applied'
   group by f.facility_id
   order by max(r.as_of), f.facility_id
   limit $1::int`;

const lastResetSql = `
  select r.id, r.state, r.finished_at as "finishedAt", r.rows, r.timings,
         coalesce((select jsonb_object_agg(state, count)
                     from (select s.state, count(*) as count from facility_reset s where s.reset_id = r.id group by s.state) by_state),
                  '{}') as facilities
    from reset r
   where r.finished_at is not null and not r.preview and r.rows > 0
     and r.created_at > clock_timestamp() - interval '30 days'
   order by r.created_at desc, r.id desc
   limit 1`;
