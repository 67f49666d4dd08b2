// What can go wrong with an SFTP server, in words. The library's errors carry codes that are sometimes texts, sometimes
// numbers and sometimes missing, so this is the one place that reads them.
import { shownShort } from "@inventory-sync/domain";

/** What kind of failure it was, for deciding who has to act: the network, the configuration, or the sender of the file. */
export type SftpFailureKind =
  | "unreachable"
  | "auth"
  | "host-key"
  | "algorithms"
  | "not-found"
  | "permission"
  | "deadline"
  | "other";

/** SFTP's status "failure", without saying which. */
export const FAILURE = 4;

/** A conversation with an SFTP server that failed. The message names the server and never holds a password. */
export class SftpFailure extends Error {
  override readonly name = "SftpFailure";
  readonly kind: SftpFailureKind;

  /** @param kind who has to act; @param message what happened, to what, and what to do */
  constructor(kind: SftpFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** The number that the server answered with; undefined where it did not answer. */
  get status(): unknown {
    return (this.cause as { code?: unknown } | undefined)?.code;
  }

  /** The server does not do it, and will not by being asked again: a right is missing. Some servers say so as a mere "failure". */
  get isRefusal(): boolean {
    return this.kind === "permission" || this.status === FAILURE;
  }
}

const UNREACHABLE_CODES: ReadonlySet<unknown> = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EPIPE"],
  "ERR_NOT_CONNECTED",
]);
const UNREACHABLE_TEXT =
  /timed out|keepalive timeout|unexpected (?:end|close) event|no response from server|not connected|no sftp connection|connection lost|socket|handshake/i;
// SFTP's own status numbers: 2 no such file, 3 permission denied.
const NOT_FOUND_CODES: ReadonlySet<unknown> = new Set(["ENOENT", 2]);
const PERMISSION_CODES: ReadonlySet<unknown> = new Set(["EACCES", 3]);

/** Where the address of any source stands. */
export const ITS_URL = "its url (that of the source in SOURCES_FILE, else SFTP_URL)";
/** And its key. */
export const ITS_KEY = "its key (privateKeyFile of the source, else SFTP_PRIVATE_KEY_FILE)";

/** And the keys of its server. */
export const ITS_HOST_KEYS = "its fingerprints (hostKeySha256 of the source, else SFTP_HOST_KEY_SHA256)";

const ADVICE: Readonly<Record<SftpFailureKind, string>> = {
  unreachable: `Check that the server runs and that host and port are right in ${ITS_URL}`,
  auth: `Check the user and the password in ${ITS_URL}, or ${ITS_KEY}`,
  "host-key": `Check ${ITS_HOST_KEYS}`,
  algorithms: "Whoever runs the server has to update it",
  "not-found": `Somebody may have moved it, or the path is wrong in ${ITS_URL}`,
  permission: `Give the account in ${ITS_URL} the right to read and write its folders`,
  deadline: "The server is overloaded or frozen, or the network is",
  other: "The server's own log may say more",
};

/**
 * Turns whatever the library threw into an SftpFailure.
 * @param doing what was being done, such as "list incoming"; @param server the server's name without its password
 */
export function sftpFailure(error: unknown, doing: string, server: string): SftpFailure {
  if (error instanceof SftpFailure) return error;
  const kind = kindOf(error);
  const said = error instanceof Error ? error.message : String(error);
  return new SftpFailure(kind, `Could not ${doing} on ${server}: ${said}. ${ADVICE[kind]}.`, { cause: error });
}

/** A failure by deadline. */
export function deadlineFailure(doing: string, server: string, deadlineMs: number): SftpFailure {
  return new SftpFailure("deadline", `Could not ${doing} on ${server} within ${deadlineMs} ms. ${ADVICE.deadline}.`);
}

const NAME_LENGTH_SHOWN_MAX = 100;

/** A file's name as messages show it: its sender chose it, so it may be long and hold anything. */
export function shownName(name: string): string {
  return shownShort(name, NAME_LENGTH_SHOWN_MAX);
}

function kindOf(error: unknown): SftpFailureKind {
  const { code, level, message = "" } = error as { code?: unknown; level?: unknown; message?: string };
  if (
    level === "client-authentication" ||
    /authentication methods failed|cannot parse privatekey|encrypted private/i.test(message)
  ) {
    return "auth";
  }
  if (NOT_FOUND_CODES.has(code) || /no such file/i.test(message)) return "not-found";
  if (PERMISSION_CODES.has(code) || /permission denied/i.test(message)) return "permission";
  if (UNREACHABLE_CODES.has(code) || UNREACHABLE_TEXT.test(message)) return "unreachable";
  return "other";
}
