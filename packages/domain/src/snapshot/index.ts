// What a snapshot file is: its header, rows, time, sidecars, names, and the texts of everything that can be wrong with it.
export {
  AS_OF_AHEAD_MAX_MS,
  type AsOfFrom,
  type FileAsOf,
  fileAsOf,
  parseInstant,
  refuseFuture,
  stampInName,
} from "./as-of.ts";
export { ROW_CODES, type RowCode, type RowRejection, rejection } from "./codes.ts";
export { type ColumnMapping, ERROR_COLUMNS, isErrorColumn, knownColumnCount, mapHeader } from "./header.ts";
export {
  checkHash,
  checkRowCount,
  type Manifest,
  manifestSchema,
  readManifest,
  readSha256Sidecar,
} from "./manifest.ts";
export {
  type ArchivePlace,
  archivePlace,
  isPlainFileName,
  isSidecarName,
  isTemporaryName,
  reasonName,
  rejectsName,
  sidecarNames,
  snapshotNameTest,
  uniqueName,
} from "./names.ts";
export { FileRefused, type RefusalCode } from "./refusals.ts";
export { guardCell, type RejectsCsv, rejectsCsv, unguardCell } from "./rejects-csv.ts";
export { createRowReader, isRejection, type RowReader, type SnapshotRow } from "./row.ts";
