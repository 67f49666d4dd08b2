// What a facility reset does or would do, in figures: read by the guards, kept in the facility reset's row.
import { type Queryable, run } from "../statements.ts";

interface Wanted {
  readonly resetId: string;
  /** facility.id */
  readonly facility: number;
}

/** The figures of one facility reset; quantities are numeric's text. */
export interface Figures {
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
  if (how.mode === "apply") {
    await on.query("delete from correction where reset_id = $1 and facility_id = $2", [resetId, facility]);
  }
  const values = [resetId, facility, asOf, absentRows === "zero", borderlineSeconds, how.mode];
  const [figures] = await run<Figures & Record<string, unknown>>(on, "reconcile_facility", values);
  if (!figures) throw new Error("the reconciling statement returned no figures");
  return figures;
}

/** A facility reset as it stands, with the number of its rows that are staged. */
export interface FacilityResetState {
  readonly state: string;
  readonly finishedAt: Date | null;
  readonly rows: number;
  readonly rejected: number;
  readonly staged: number;
  readonly asOf: Date;
  readonly preview: boolean;
}

/** Reads a facility reset. @throws when there is none */
export async function readFacilityReset(
  on: Queryable,
  { resetId, facility }: Wanted,
  { lock }: { readonly lock: boolean },
): Promise<FacilityResetState> {
  const found = await on.query<FacilityResetState>(
    `select f.state, f.finished_at as "finishedAt", f.rows, f.rejected, r.as_of as "asOf", r.preview,
            (select count(*) from snapshot_row s where s.reset_id = $1 and s.facility_id = $2)::int as staged
       from facility_reset f join reset r on r.id = f.reset_id
      where f.reset_id = $1 and f.facility_id = $2 ${lock ? "for update of f" : ""}`,
    [resetId, facility],
  );
  const row = found.rows[0];
  if (!row) throw new Error(`reset ${resetId} has no facility number ${facility}`);
  return row;
}

/** The rows of the facility's newest accepted reset, or undefined before its first. */
export async function lastAcceptedRows(on: Queryable, { resetId, facility }: Wanted): Promise<number | undefined> {
  const found = await on.query<{ rows: number }>(
    `select rows from facility_reset
      where facility_id = $2 and reset_id <> $1 and state = 'applied'
      order by finished_at desc limit 1`,
    [resetId, facility],
  );
  return found.rows[0]?.rows;
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
