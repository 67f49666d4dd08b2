// What a reset noted of its file's form.
import type { Database } from "../database.ts";

/** The header and delimiter that a reset's file had, for writing its rejected rows back. */
export async function resetReport(
  database: Database,
  resetId: string,
): Promise<{ readonly columns: readonly string[]; readonly delimiter: string }> {
  const reset = await database.prisma.reset.findUniqueOrThrow({ where: { id: resetId }, select: { report: true } });
  const report = reset.report as { columns?: string[]; delimiter?: string };
  return { columns: report.columns ?? [], delimiter: report.delimiter ?? "," };
}
