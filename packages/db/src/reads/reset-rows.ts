// The long lists of a reset, read in pages so that a report of a million rows fits in memory: rejected rows and corrections.
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** A rejected row of a snapshot file with its own fields. */
export interface RejectedRowView {
  readonly line: number;
  readonly facilityId: string | null;
  readonly code: string;
  readonly reason: string;
  readonly fields: readonly string[];
}

/** A correction with its explanation. Quantities are decimal text as the database has them. */
export type VarianceView = {
  readonly facility: number;
  readonly product: number;
  readonly facility_id: string;
  /** Of the facility's part: a held one's corrections are what approving it would do. */
  readonly state: string;
  readonly preview: boolean;
  readonly id_type: string;
  readonly id_value: string;
  /** The product's other names, as "UPCA:012345678905 ALU:X1". */
  readonly other_ids: string;
  readonly before: string;
  readonly counted: string;
  readonly late_sales: string;
  readonly shipments: string;
  readonly after: string;
  readonly corrected: string;
  readonly unexplained: string;
};

const PAGE_ROWS = 2_000;

/** Most fields that a rejected row of this reset has. */
export async function rejectedFieldsMax(database: Database, resetId: string): Promise<number> {
  const found = await database.pool.query<{ most: number }>(
    "select coalesce(max(cardinality(fields)), 0)::int as most from rejected_row where reset_id = $1",
    [resetId],
  );
  return found.rows[0]?.most ?? 0;
}

/** The rejected rows of a reset in the order of the file, page by page. */
export async function* eachRejectedRow(
  database: Database,
  resetId: string,
): AsyncGenerator<readonly RejectedRowView[]> {
  let after = -1;
  for (;;) {
    const page = await database.prisma.rejectedRow.findMany({
      where: { resetId, line: { gt: after } },
      orderBy: { line: "asc" },
      take: PAGE_ROWS,
    });
    if (page.length > 0) yield page;
    if (page.length < PAGE_ROWS) return;
    after = page.at(-1)?.line ?? after;
  }
}

/** The corrections of a reset by facility and product, page by page. */
export async function* eachVariance(database: Database, resetId: string): AsyncGenerator<readonly VarianceView[]> {
  let after = [0, 0];
  for (;;) {
    const page = await run<VarianceView>(database.pool, "list_variances", [resetId, ...after, PAGE_ROWS]);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (!last || page.length < PAGE_ROWS) return;
    after = [last.facility, last.product];
  }
}
