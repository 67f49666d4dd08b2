// Flow 2, staging: what the thread that stages a file is told.
import type { ResetRow } from "@inventory-sync/db";
import type { SnapshotMapping } from "@inventory-sync/domain";
import type { InboxFile } from "@inventory-sync/sftp";
import type { WorkerConfig } from "../config.ts";

/** A file to stage and how. Plain data: it can be sent to another thread. */
export interface StagingTask {
  readonly reset: Pick<ResetRow, "id" | "generation" | "createdAt">;
  /** As it stood in incoming/ when it was last looked at. */
  readonly file: InboxFile;
  /** The local file that it becomes while it is read. */
  readonly spoolPath: string;
  readonly settings: Pick<
    WorkerConfig,
    | "RESET_TIME_ZONE"
    | "SNAPSHOT_COLUMNS"
    | "SNAPSHOT_ID_COLUMNS"
    | "SNAPSHOT_ENCODING"
    | "SNAPSHOT_FINAL_NEWLINE"
    | "SNAPSHOT_DUPLICATE_IDS"
    | "UNKNOWN_FACILITY"
    | "UNKNOWN_PRODUCT"
    | "GUARD_NEW_FACILITIES"
  >;
  /** How the files of its source are written, where that is said. */
  readonly mapping?: SnapshotMapping | undefined;
  /** What a product becomes that the file does not list: the reset keeps it, so that whoever applies it later does the same. */
  readonly absentRows: "keep" | "zero";
}
