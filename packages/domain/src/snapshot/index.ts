// What a snapshot file is: its header, rows, time, sidecars, names, and the texts of everything that can be wrong with it.
export {
  type AsOfFrom,
  type FileAsOf,
  fileAsOf,
  stampInName,
} from "./as-of.ts";
export { ROW_CODES, type RowCode, type RowRejection, rejection } from "./codes.ts";
export { csvCell, guardCell, unguardCell } from "./csv-cell.ts";
export { type ColumnMapping, knownColumnCount, mapHeader } from "./header.ts";
export {
  checkHash,
  checkLastLine,
  checkRowCount,
  type Manifest,
  readManifest,
  readSha256Sidecar,
} from "./manifest.ts";
export {
  type ArchivePlace,
  archivePlace,
  isOneFileName,
  isPlainFileName,
  nameFault,
  reasonName,
  rejectsName,
  replacementName,
  sidecarNames,
  snapshotNameTest,
  uniqueName,
} from "./names.ts";
export { isPlainId, isPlainWhole, plainIdHash } from "./plain-cells.ts";
export { FileRefused, type RefusalCode, refusalCodes } from "./refusals.ts";
export { type RejectsCsv, rejectsCsv } from "./rejects-csv.ts";
export { createRowReader, isRejection, type RowReader, type SnapshotRow } from "./row.ts";
