// What the private SFTP server says when a request fails: a number of the protocol, and words of its own.
import ssh2 from "ssh2";
import { OutsideJail } from "./sftp-jail.ts";

const { STATUS_CODE } = ssh2.utils.sftp;

/** What the file system's errors mean. Its own texts name the path on disk, which is nobody's business. */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EEXIST: "the name exists already",
  ENOTEMPTY: "the folder is not empty",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "permission denied",
  ENAMETOOLONG: "the name is too long",
  EFBIG: "the file would be too large",
  ENOSPC: "the disk is full",
  EMFILE: "too many files are open",
  ELOOP: "too many links",
};

/** What to tell a client about an error. */
export function wordsOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined) return meanings[code] ?? `it failed (${code})`;
  return error instanceof Error ? error.message : "it failed";
}

/** The protocol's number for an error. */
export function statusOf(error: unknown): number {
  if (error instanceof OutsideJail) return STATUS_CODE.PERMISSION_DENIED;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR") return STATUS_CODE.NO_SUCH_FILE;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return STATUS_CODE.PERMISSION_DENIED;
  return STATUS_CODE.FAILURE;
}
