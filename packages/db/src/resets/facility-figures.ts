// What a facility reset does or would do, in figures: read by the guards, kept in the facility reset's row.
import { type Queryable, run } from "../statements.ts";

interface Wanted {
  readonly resetId: string;
  /** facility.id */
  readonly facility: number;
}

/** The figures of one facility reset; quantities are numeric's text. */
export interface Figures {
  /** Rows found in staging. */
  readonly staged: number;
  readonly listed: number;
  readonly stale: number;
  readonly corrected: number;
  readonly absent: number;
  readonly borderline: number;
  readonly units_before: string;
  readonly units_after: string;
  readonly late_sales: string;
  readonly shipments: string;
  readonly unexplained: string;
  readonly stocked: number;
  readonly zeroed: number;
  readonly units_total: string;
}

/** Runs the reconciling statement: preview writes the explanations, apply everything (under the lock). */
export async function weigh(
  on: Queryable,
  { resetId, facility, asOf }: Wanted & { readonly asOf: Date },
  how: {
    readonly options: { readonly absentRows: "keep" | "zero"; readonly borderlineSeconds: number };
    readonly mode: "preview" | "apply";
  },
): Promise<Figures> {
  const { absentRows, borderlineSeconds } = how.options;
  // What a preview explained is no longer so: sales have arrived since.
  await on.query("delete from correction where reset_id = $1 and facility_id = $2", [resetId, facility]);
  const values = [resetId, facility, asOf, absentRows === "zero", borderlineSeconds, how.mode];
  const [figures] = await run<Figures & Record<string, unknown>>(on, "reconcile_facility", values);
  if (!figures) throw new Error("the reconciling statement returned no figures");
  return figures;
}

/** A facility reset as it stands. */
export interface FacilityResetState {
  readonly state: string;
  readonly finishedAt: Date | null;
  /** How many rows were staged for it. */
  readonly rows: number;
  readonly rejected: number;
  readonly asOf: Date;
  readonly preview: boolean;
  /** The rows of the facility's newest accepted reset; null before its first. */
  readonly lastRows: number | null;
}

const stateColumns = `
  f.state, f.finished_at as "finishedAt", f.rows, f.rejected, r.as_of as "asOf", r.preview,
  (select l.rows from facility_reset l
    where l.facility_id = f.facility_id and l.reset_id <> f.reset_id and l.state = 'applied'
    order by l.finished_at desc limit 1) as "lastRows"`;

/**
 * Reads a facility reset, and notes that it is being worked on now, for the board. That note may be lost in a crash of the
 * database, so it does not wait for the disk. @throws when there is none
 */
export async function beginFacilityReset(on: Queryable, wanted: Wanted): Promise<FacilityResetState> {
  const found = await on.query<FacilityResetState>({
    name: "begin_facility_reset",
    text: `
      with light as (select set_config('synchronous_commit', 'off', true)
      ), noted as (
        update facility_reset f set state = 'reconciling', started_at = coalesce(f.started_at, clock_timestamp())
          from reset r, light
         where f.reset_id = $1 and f.facility_id = $2 and f.state = 'pending' and r.id = f.reset_id and not r.preview
      )
      select ${stateColumns} from facility_reset f join reset r on r.id = f.reset_id
       where f.reset_id = $1 and f.facility_id = $2`,
    values: [wanted.resetId, wanted.facility],
  });
  return only(found.rows, wanted);
}

/** Reads a facility reset. @throws when there is none */
export async function readFacilityReset(
  on: Queryable,
  wanted: Wanted,
  { lock }: { readonly lock: boolean },
): Promise<FacilityResetState> {
  const found = await on.query<FacilityResetState>({
    name: lock ? "lock_facility_reset" : "read_facility_reset",
    text: `select ${stateColumns} from facility_reset f join reset r on r.id = f.reset_id
            where f.reset_id = $1 and f.facility_id = $2 ${lock ? "for update of f" : ""}`,
    values: [wanted.resetId, wanted.facility],
  });
  return only(found.rows, wanted);
}

function only(rows: readonly FacilityResetState[], { resetId, facility }: Wanted): FacilityResetState {
  const [row] = rows;
  if (!row) throw new Error(`reset ${resetId} has no facility number ${facility}`);
  return row;
}

/** Ends a facility reset with its figures. */
export async function recordFigures(
  on: Queryable,
  end: Wanted & {
    readonly state: string;
    readonly lockedMs: number | undefined;
    readonly heldBecause: string | undefined;
  },
  figures: Figures,
): Promise<void> {
  await on.query(
    `update facility_reset
        set state = $3, locked_ms = $4, held_because = coalesce($5, held_because), corrected = $6, stale = $7,
            absent = $8, borderline = $9, units_before = $10, units_after = $11, late_sales = $12, shipments = $13,
            unexplained = $14, finished_at = clock_timestamp()
      where reset_id = $1 and facility_id = $2`,
    [
      end.resetId,
      end.facility,
      end.state,
      end.lockedMs ?? null,
      end.heldBecause ?? null,
      figures.corrected,
      figures.stale,
      figures.absent,
      figures.borderline,
      figures.units_before,
      figures.units_after,
      figures.late_sales,
      figures.shipments,
      figures.unexplained,
    ],
  );
}
