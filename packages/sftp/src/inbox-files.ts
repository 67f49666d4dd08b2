// Flow 2: files on the SFTP server as they are spoken of, what lies in incoming/ and what became of it.
import type { Manifest } from "@inventory-sync/domain";

/** A file of incoming/. The server tells times to the second. */
export interface InboxFile {
  readonly name: string;
  readonly size: number;
  readonly modifiedAtMs: number;
}

/** A file of incoming/ as a look at the whole folder finds it. */
export interface WaitingSnapshot extends InboxFile {
  /** Size and time of the manifest and the hash beside it, as one text that changes when they do; "" when there are none. */
  readonly beside: string;
}

/** Where a file went. `moved` is false when it had been moved before (a newer file of its name is then left alone). */
export interface Moved {
  /** Below the base path. */
  readonly path: string;
  readonly moved: boolean;
}

/** What lies in incoming/. */
export interface Found {
  /** Oldest first, those of the same second by name. */
  readonly waiting: readonly WaitingSnapshot[];
  /** Snapshots by their endings, whose names cannot be kept: too long, or with characters that nobody sees. */
  readonly badlyNamed: readonly InboxFile[];
  /** Every name, also of what is no snapshot: for telling people what was found. */
  readonly names: readonly string[];
}

/** A badly named file, and what became of it. */
export interface RefusedName {
  readonly file: InboxFile;
  /** The name of ours that it has now, in rejected/. */
  readonly name: string;
  /** Why, with the code in front. */
  readonly reason: string;
}

/** What a sender said about a whole file, in its sidecars. */
export interface Sidecars {
  readonly manifest?: Manifest;
  /** From `<name>.sha256`, 64 lower-case hexadecimal digits. */
  readonly sha256?: string;
}
