// Flow 2, step 4: before a file makes its first facility, all that it would make are counted. A column in the wrong place, or
// ill will, would otherwise leave thousands of facilities for good, while other files wait for hours.
import { type Catalogue, type Database, hasAppliedSnapshot } from "@inventory-sync/db";
import { type ColumnMapping, FileRefused, isRejection, type RowReader, showable } from "@inventory-sync/domain";
import { bytesOf, type FileForm, fieldsOf, type RowBatch, readSnapshotRows } from "@inventory-sync/sftp";

/** The first file of all brings all stores of a retailer; it may make so many, or as many as the setting says if that is more. */
const FIRST_FILE_FACILITIES_MAX = 10_000;
/** Of a file with more the number does not matter. */
const COUNTED_MAX = 100_000;
const NAMED_MAX = 3;

interface Guarded {
  /** The file on this machine. */
  readonly path: string;
  readonly form: FileForm;
  readonly mapping: ColumnMapping;
  readonly catalogue: Catalogue;
  readonly readRow: RowReader;
  /** GUARD_NEW_FACILITIES; 0 is no limit. */
  readonly limit: number;
  /** Called now and then, since a large file is gone through for seconds. */
  readonly alive: () => Promise<void>;
}

/**
 * Makes the question that is asked before facilities are made: it goes through the file the first time and then knows. Files
 * whose facilities are all known never ask. It throws FileRefused TOO_MANY_NEW_FACILITIES, with the number and the setting.
 */
export function guardNewFacilities(database: Database, guarded: Guarded): () => Promise<void> {
  let asked: Promise<void> | undefined;
  return () => {
    asked ??= guarded.limit === 0 ? Promise.resolve() : refuseTooMany(database, guarded);
    return asked;
  };
}

async function refuseTooMany(database: Database, guarded: Guarded): Promise<void> {
  const isFirst = !(await hasAppliedSnapshot(database));
  const limit = isFirst ? Math.max(guarded.limit, FIRST_FILE_FACILITIES_MAX) : guarded.limit;
  const found = await newFacilities(guarded);
  if (found.size <= limit) return;
  const count = found.size < COUNTED_MAX ? String(found.size) : `${COUNTED_MAX} or more`;
  const names = [...found].slice(0, NAMED_MAX).map(showable).join(", ");
  const why = isFirst ? "the first file of all may name" : "GUARD_NEW_FACILITIES allows";
  throw new FileRefused(
    "TOO_MANY_NEW_FACILITIES",
    `The file names ${count} facilities that are not known (${names}, …); ${why} ${limit}. None was made. Mostly another column stands where the facility should. If they are real, start the worker with GUARD_NEW_FACILITIES=${found.size} or more, or 0 for no limit, send the file again, and take the setting back.`,
  );
}

/** The outside ids of the facilities that the file's good rows would make, up to 100,000. */
async function newFacilities(guarded: Guarded): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const { catalogue, readRow, alive } = guarded;
  const look = (fields: readonly string[]): void => {
    const row = readRow(fields);
    if (!isRejection(row) && !catalogue.facilities.has(row.facilityId)) found.add(row.facilityId);
  };
  const rows = await readSnapshotRows(guarded.path, guarded.form);
  try {
    for await (const batch of rows) {
      for (const fields of unsure(batch, guarded, found)) look(fields);
      if (found.size >= COUNTED_MAX) break;
      await alive();
    }
  } finally {
    await rows.close();
  }
  return found;
}

/** The rows of a batch that may name a facility which is neither known nor found yet, told where it stands in regular text. */
function* unsure(batch: RowBatch, { catalogue, mapping }: Guarded, found: ReadonlySet<string>) {
  const { text } = batch;
  if (!text) {
    yield* batch.rows;
    return;
  }
  let last = "";
  for (let row = 0; row < text.count; row++) {
    const facility = bytesOf(text, row, mapping.facility);
    if (facility === last) continue;
    if (catalogue.facilities.has(facility) || found.has(facility)) last = facility;
    else yield fieldsOf(text, row);
  }
}
