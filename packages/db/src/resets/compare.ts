// The reconciling statement (flow 2, step 6): what a facility's count changes or would change, and its figures, which the
// guards judge and the part keeps.
import { type Queryable, run } from "../statements.ts";
import type { PartFigures, PartKey } from "./transitions.ts";

/** What the part keeps, and what only the guards judge by. */
export interface Figures extends PartFigures {
  /** Rows found in staging. */
  readonly staged: number;
  readonly listed: number;
  readonly stocked: number;
  readonly zeroed: number;
  readonly units_total: string;
}

/** Runs the reconciling statement: preview writes the explanations, apply everything (under the lock). */
export async function compare(
  on: Queryable,
  { resetId, facility, asOf }: PartKey & { readonly asOf: Date },
  how: {
    readonly options: { readonly absentRows: "keep" | "zero"; readonly borderlineSeconds: number };
    readonly mode: "preview" | "apply";
  },
): Promise<Figures> {
  const { absentRows, borderlineSeconds } = how.options;
  // What a preview explained is no longer so: sales have arrived since.
  await on.query("delete from correction where reset_id = $1 and facility_id = $2", [resetId, facility]);
  const values = [resetId, facility, asOf, absentRows === "zero", borderlineSeconds, how.mode];
  const [figures] = await run<Figures>(on, "reconcile_facility", values);
  if (!figures) throw new Error("the reconciling statement returned no figures");
  return figures;
}
