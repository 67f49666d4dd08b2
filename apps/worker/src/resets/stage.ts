// Flow 2, step 4: the rows of the file go into staging, resolved to facilities and products, each bad row with its reason. It is
// one transaction, in the order in which it is written here. No facility is locked yet and no level changes.
import { type Database, loadCatalogue, type StagedRow, touchReset, withStaging } from "@inventory-sync/db";
import {
  type ColumnMapping,
  checkLastLine,
  checkRowCount,
  countAsOf,
  createRowReader,
  doubtsOf,
  FileRefused,
  misfitsNote,
  namelessRows,
  noKeptRow,
  noUsableRow,
  type RowCode,
} from "@inventory-sync/domain";
import {
  headerOnly,
  type Inbox,
  readSnapshotRows,
  type SnapshotRows,
  type SourceForm,
  sourceForm,
} from "@inventory-sync/sftp";
import { type ArrivingFile, nowAndThen, type StagingTask, withArriving } from "./fetch.ts";
import { idMarks } from "./id-marks.ts";
import { guardNewFacilities } from "./new-facilities.ts";
import { openRepair } from "./repair.ts";
import { createResolver, named, type Resolver } from "./resolve.ts";
import { believing, endOf, type StageEnd } from "./stage-end.ts";
import { rejectedLines, takenOut, timeOf } from "./staged-late.ts";
import { emptyTally, FileNotes, keep, reportOf, seeTimes, type Tally, unkeptOf } from "./staging-tally.ts";

type OnRows = (rowsRead: number) => unknown;

/** A sign of life and a report of progress is given at most so often. */
const TOUCH_MS = 2_000;

/** What became of a file, and after how many milliseconds all of it was here. */
export interface Taken {
  readonly end: StageEnd;
  readonly fetchMs: number;
}

/**
 * Steps 3 and 4 at once: fetches the file of a task and stages its rows while the rest is on its way. Throws only what was not foreseen,
 * SftpFailure among it.
 * @param onRows told how many rows were read, every few seconds and at the end
 */
export async function fetchAndStage(
  database: Database,
  inbox: Pick<Inbox, "open" | "stat" | "readSidecars">,
  task: StagingTask,
  onRows: OnRows,
): Promise<Taken> {
  const startedAt = performance.now();
  let fetchMs = 0;
  const end = await withArriving(database, inbox, task, (arriving) => {
    arriving.sha256.then(
      () => (fetchMs = Math.round(performance.now() - startedAt)),
      () => undefined,
    );
    return stageFile(database, task, arriving, onRows);
  }).catch(endOf);
  return { end, fetchMs };
}

/** Stages a file whole or not at all. Throws only what was not foreseen. @param onRows as of fetchAndStage */
export async function stageFile(
  database: Database,
  task: StagingTask,
  arriving: ArrivingFile,
  onRows: OnRows,
): Promise<StageEnd> {
  try {
    const { form, ...rest } = sourceForm(task.settings, task.mapping);
    const following = { ...form, arrived: arriving.arrived };
    const rows = await readSnapshotRows(arriving.path, following);
    try {
      return await stageRows(database, task, { arriving, rows, form: { ...rest, form: following }, onRows });
    } finally {
      await rows.close();
    }
  } catch (error) {
    // What is wrong with the whole comes before what its rows say: a file that is still being written may say anything.
    const isSaidByRows = error instanceof FileRefused;
    return endOf(isSaidByRows ? await arriving.sha256.then(() => error).catch((fault: unknown) => fault) : error);
  }
}

interface Reading {
  readonly arriving: ArrivingFile;
  readonly rows: SnapshotRows;
  readonly form: SourceForm;
  readonly onRows: OnRows;
}

async function stageRows(
  database: Database,
  task: StagingTask,
  { arriving, rows, form, onRows }: Reading,
): Promise<StageEnd> {
  const { reset, settings } = task;
  const { file, manifest, path, sha256 } = arriving;
  const nowMs = Date.now();
  const mapping = form.columns(rows.header);
  const repair = await openRepair(database, { path, mapping, form, readRow: createRowReader(mapping, nowMs) });
  const ofFile = repair?.when ?? timeOf(task, { ...arriving, nowMs });
  const tally = emptyTally();
  const whenTrue = () => (repair ? ofFile : countAsOf(tally.times, ofFile));
  const stamp = { resetId: reset.id, sha256 };
  const believed = believing(database, { ...stamp, timeZone: settings.RESET_TIME_ZONE }, whenTrue);
  const catalogue = await loadCatalogue(database);
  const alive = nowAndThen(TOUCH_MS, async () => {
    await touchReset(database, reset.id);
    await onRows(rows.rowCount);
  });
  const readRow = repair?.readRow ?? createRowReader(mapping, nowMs);
  const limit = settings.GUARD_NEW_FACILITIES;
  const policy = { facility: settings.UNKNOWN_FACILITY, product: settings.UNKNOWN_PRODUCT };
  const inFile = { path, form: form.form };
  const marks = idMarks(catalogue, mapping);
  const notes = new FileNotes();
  const resolve = createResolver(database, {
    catalogue,
    marks,
    notes,
    policy: repair?.policy(policy) ?? policy,
    mapping,
    readRow,
    // Whether each row has a time is known at the end only.
    believed: mapping.asOf < 0 ? believed : async () => void (await sha256),
    mayMakeFacilities: guardNewFacilities(database, { ...inFile, mapping, catalogue, readRow, limit, alive }),
  });
  const refused = await withStaging(database, { ...stamp, generation: reset.generation }, async (staging) => {
    const fault = await staging.write(stagedBatches(rows, mapping, resolve, tally, alive)).catch(refusalOf);
    await believed();
    if (fault) throw fault;
    const read = { name: file.name, rows: rows.rowCount - tally.nothing, endsWithNewline: rows.endsWithNewline };
    // Whoever wrote the manifest may have counted rows that say nothing.
    if (manifest.rows !== rows.rowCount) checkRowCount(read, manifest.rows);
    if (read.rows === 0) throw headerOnly();
    if (settings.SNAPSHOT_FINAL_NEWLINE === "required" && !arriving.announced) checkLastLine(read);
    const adds = settings.SNAPSHOT_DUPLICATE_IDS === "add";
    const merged = marks.isUsed ? await staging.countMerged(adds) : undefined;
    const late = await takenOut(staging, repair, tally.rejects, adds);
    const rejects = tally.rejects.concat(
      await rejectedLines(inFile, late, (fields) => named(fields, mapping, catalogue)),
    );
    tally.rejects = repair ? rejects.map(repair.withLine) : rejects;
    const unkept = unkeptOf(tally);
    const misfits = misfitsNote(tally.misfits, tally.firstMisfit);
    const nameless = task.absentRows === "zero" && !repair ? namelessRows(tally.rejects, unkept) : undefined;
    const told = [manifest.note, misfits, nameless?.note].filter((note) => note !== undefined);
    const doubts = [...tally.doubts, ...notes.doubts(read.rows), ...told];
    const { asOf, asOfFrom, note } = whenTrue();
    const report = reportOf({ mapping, rows, note, doubts, merged });
    const rejected = tally.rejects.length + unkept;
    const absentRows = nameless?.everywhere ? "keep" : task.absentRows;
    const counts = { rows: read.rows, skipped: tally.skipped, rejected, absentRows };
    // What is still wrong in a repair goes back to where it is corrected.
    const codes = tally.rejects.map(({ code }) => code as RowCode);
    const all = codes.concat(new Array<RowCode>(unkept).fill("WRONG_COLUMN_COUNT"));
    const refusal = repair ? undefined : noUsableRow(counts, all);
    await staging.record({ asOf: new Date(asOf), asOfFrom, ...counts, report }, tally.rejects, {
      repaired: repair?.repaired(tally.rejects),
      refused: refusal && `${refusal.code}: ${refusal.message}`,
      said: noKeptRow(counts),
      keptAt: nameless?.keptAt,
    });
    return refusal;
  });
  await onRows(rows.rowCount);
  if (refused) return { ended: "refused", code: refused.code, message: refused.message };
  return {
    ended: "staged",
    rows: rows.rowCount - tally.nothing,
    rejected: tally.rejects.length + unkeptOf(tally),
    skipped: tally.skipped,
  };
}

async function* stagedBatches(
  rows: SnapshotRows,
  mapping: ColumnMapping,
  resolve: Resolver,
  tally: Tally,
  alive: () => Promise<void>,
): AsyncGenerator<readonly StagedRow[]> {
  let isFirst = true;
  for await (const batch of rows) {
    if (isFirst) {
      tally.doubts = doubtsOf(mapping, batch.rows);
      isFirst = false;
    }
    const resolved = await resolve(batch);
    tally.nothing += resolved.nothing;
    for (const reject of resolved.rejects) keep(reject, tally, rows.rowCount);
    tally.skipped += resolved.skipped;
    if (mapping.asOf >= 0) seeTimes(resolved.staged, tally);
    await alive();
    yield resolved.staged;
  }
}

/** What a file is refused for; other errors it throws again. */
function refusalOf(error: unknown): FileRefused {
  if (error instanceof FileRefused) return error;
  throw error;
}
