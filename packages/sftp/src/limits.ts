// The limits of every conversation with an SFTP server: a server that hangs must never hang us.

/** All in milliseconds, except the count. */
export interface SftpLimits {
  /** From the first packet to being signed in. */
  readonly readyDeadlineMs: number;
  /** How often a silent server is asked whether it lives, and after how many unanswered questions it is given up. */
  readonly keepaliveIntervalMs: number;
  readonly keepaliveCountMax: number;
  /** One request such as list, stat or rename. */
  readonly requestDeadlineMs: number;
  /** A download that brings no byte for so long is given up. */
  readonly stallMs: number;
  /** Writing one small file, all of it. */
  readonly writeDeadlineMs: number;
  /** Saying goodbye; afterwards the connection is cut. */
  readonly endDeadlineMs: number;
}

export const SFTP_LIMITS: SftpLimits = {
  readyDeadlineMs: 15_000,
  keepaliveIntervalMs: 10_000,
  keepaliveCountMax: 3,
  requestDeadlineMs: 30_000,
  stallMs: 30_000,
  writeDeadlineMs: 300_000,
  endDeadlineMs: 3_000,
};
