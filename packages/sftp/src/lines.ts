// Reset flow, staging: some rows of a spooled snapshot once more, when only the whole file has shown that they are unusable.
import { readSnapshotRows, type SnapshotRowsLimits } from "./rows.ts";

/**
 * Reads the rows that begin on the given lines once more, as they stand in the file: for rejecting rows of which it
 * was only later known that they contradict each other.
 */
export async function readLines(
  path: string,
  lineNumbers: ReadonlySet<number>,
  limits: SnapshotRowsLimits = {},
): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, readonly string[]>();
  if (lineNumbers.size === 0) return found;
  for await (const batch of await readSnapshotRows(path, limits)) {
    const { lines } = batch;
    if (lines.some((line) => lineNumbers.has(line))) {
      for (const [index, row] of batch.rows.entries()) {
        const line = lines[index];
        if (line !== undefined && lineNumbers.has(line)) found.set(line, row);
      }
    }
    if (found.size === lineNumbers.size) break;
  }
  return found;
}
