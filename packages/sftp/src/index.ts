// How files arrive: the inbox on the SFTP server, the local copy of a snapshot, and its rows.
export { SftpFailure, type SftpFailureKind } from "./failure.ts";
export {
  connectInbox,
  type Inbox,
  type InboxOptions,
  type Sidecars,
  withInbox,
} from "./inbox.ts";
export type { InboxFile, Moved, RefusedName } from "./leave-incoming.ts";
export { type Outbox, type OutboxOptions, type RefusedRow, type Whereabouts, withOutbox } from "./outbox.ts";
export { type FileForm, type RowBatch, type SourceForm, sourceForm } from "./pieces.ts";
export { type FilePreview, type PreviewedRow, previewFile } from "./preview.ts";
export { headerOnly, readLines, readSnapshotRows, type SnapshotRows } from "./rows.ts";
export type { SftpLimits, SftpLog } from "./session.ts";
export { type Source, type Sources, type UsualSource, watchSources } from "./sources.ts";
export { FileChanged, type Spool, type SpoolOptions, spoolFile } from "./spool.ts";
export { asBytes, bytesOf, endOf, fieldsOf, type TextRows } from "./text-rows.ts";
export type { TextLimits } from "./text-source.ts";
export { type Unreadable, unreadableNote } from "./unreadable.ts";
export { chooseSnapshot, type NoSnapshot, type WaitingSnapshot } from "./waiting.ts";
