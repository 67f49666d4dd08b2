// The way into an SFTP server: one session per use, always ended. There is no pool and no retry here; a job that fails
// is retried by the queue, with a new session.
import { snapshotNameTest } from "@inventory-sync/domain";
import { sftpAddress } from "./address.ts";
import { type Inbox, openInbox } from "./inbox.ts";
import { SFTP_LIMITS, type SftpLimits } from "./limits.ts";
import { openSession, type SftpLog } from "./session.ts";

const SNAPSHOT_GLOB = "*.csv,*.csv.gz,*.txt";

export interface InboxOptions {
  /** `sftp://user[:password]@host[:port][/base/path]` */
  readonly url: string;
  readonly privateKeyFile?: string | undefined;
  /** One or more fingerprints as OpenSSH prints them (`SHA256:…`); without one nothing is trusted. */
  readonly hostKeySha256: readonly string[];
  /** Default: `*.csv,*.csv.gz,*.txt`. */
  readonly snapshotGlob?: string | undefined;
  readonly limits?: Partial<SftpLimits> | undefined;
}

/** An inbox that must be closed. */
export interface ConnectedInbox extends Inbox {
  /** Ends the session; never throws and never hangs. */
  close(): Promise<void>;
}

/** Signs in. @throws SftpFailure: host-key, auth, unreachable or deadline */
export async function connectInbox(options: InboxOptions, log: SftpLog): Promise<ConnectedInbox> {
  const address = sftpAddress(options.url);
  const session = await openSession(
    {
      address,
      privateKeyFile: options.privateKeyFile,
      hostKeySha256: options.hostKeySha256,
      limits: { ...SFTP_LIMITS, ...options.limits },
    },
    log,
  );
  const isSnapshot = snapshotNameTest(options.snapshotGlob ?? SNAPSHOT_GLOB);
  const inbox = openInbox(session, { basePath: address.basePath, isSnapshot }, log);
  return { ...inbox, close: () => session.end() };
}

/** Signs in, does `use`, and ends the session whatever happens. */
export async function withInbox<T>(options: InboxOptions, log: SftpLog, use: (inbox: Inbox) => Promise<T>): Promise<T> {
  const inbox = await connectInbox(options, log);
  try {
    return await use(inbox);
  } finally {
    await inbox.close();
  }
}
