// How files arrive: the inbox on the SFTP server, the local copy of a snapshot, and its rows.
export { chooseSnapshot, type NoSnapshot } from "./choose.ts";
export { type ConnectedInbox, connectInbox, type InboxOptions, withInbox } from "./connect.ts";
export { SftpFailure, type SftpFailureKind } from "./failure.ts";
export type { Inbox } from "./inbox.ts";
export type { InboxFile, Moved, RefusedName, Sidecars } from "./inbox-files.ts";
export type { SftpLimits } from "./limits.ts";
export { readLines } from "./lines.ts";
export { type RowBatch, readSnapshotRows, type SnapshotRows, type SnapshotRowsLimits } from "./rows.ts";
export type { SftpLog } from "./session.ts";
export { FileChanged, type Spooled, type SpoolOptions, spoolFile } from "./spool.ts";
export { asBytes, endOf, fieldsOf, type TextRows } from "./text-rows.ts";
