// One SFTP connection, from signing in to goodbye. Every request has a name and a deadline, and fails in words.
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { withinMs } from "@inventory-sync/runtime/deadline";
import SftpClient from "ssh2-sftp-client";
import { deadlineFailure, ITS_KEY, SftpFailure, sftpFailure } from "./failure.ts";
import { hearOffer } from "./host-offer.ts";
import type { ReadsFiles } from "./ordered-reads.ts";
import { hostKeyCheck, sftpAddress } from "./server.ts";
import { signingIn } from "./sign-in.ts";

/** What is needed of a log; pino's fits. */
export interface SftpLog {
  debug(details: object, text: string): void;
  warn(details: object, text: string): void;
}

/** The limits of every conversation, so that a server that hangs never hangs us. All in milliseconds, except the count. */
const SFTP_LIMITS = {
  /** From the first packet to being signed in. */
  readyDeadlineMs: 15_000,
  /** How often a silent server is asked whether it lives, and after how many unanswered questions it is given up. */
  keepaliveIntervalMs: 10_000,
  keepaliveCountMax: 3,
  /** One request such as list, stat or rename. */
  requestDeadlineMs: 30_000,
  /** A download that brings no byte for so long is given up. */
  stallMs: 30_000,
  /** Writing one small file, all of it. */
  writeDeadlineMs: 300_000,
  /** Saying goodbye; afterwards the connection is cut. */
  endDeadlineMs: 3_000,
};
export type SftpLimits = Readonly<typeof SFTP_LIMITS>;

/** Which server, and how to sign in. */
export interface SessionOptions {
  /** `sftp://user[:password]@host[:port][/base/path]` */
  readonly url: string;
  readonly privateKeyFile?: string | undefined;
  /** One or more fingerprints as OpenSSH prints them (`SHA256:…`); without one nothing is trusted. */
  readonly hostKeySha256: readonly string[];
  readonly limits?: Partial<SftpLimits> | undefined;
}

/** One connection that is signed in. */
export type Session = Awaited<ReturnType<typeof openSession>>;

/** Attributes as ssh2 gives them: those that the server left out are not there. */
export interface Attributes {
  readonly mode?: number;
  readonly size?: number;
  /** Seconds. */
  readonly mtime?: number;
}

/** An entry of a folder as ssh2 gives it. */
export interface Entry {
  readonly filename: string;
  readonly longname?: string;
  readonly attrs: Attributes;
}

type Done<T> = (error: Error | undefined, value: T) => void;

/** The requests of an SFTP client whose answers the wrapper around it changes; ssh2's fits. */
interface LooksAround {
  stat(path: string, done: Done<Attributes>): void;
  readdir(path: string, done: Done<readonly Entry[]>): void;
}

/** The parts of the underlying ssh2 client that the wrapper does not offer itself. */
interface Ssh2Client {
  destroy(): void;
  once(event: "close", told: () => void): void;
  off(event: "close", told: () => void): void;
}

/** @throws SftpFailure: "host-key" and "algorithms" before any credential is sent, "auth", "unreachable", "deadline" */
export async function openSession(options: SessionOptions, log: SftpLog) {
  const address = sftpAddress(options.url);
  const limits = { ...SFTP_LIMITS, ...options.limits };
  const { server } = address;
  const hostKey = hostKeyCheck(options.hostKeySha256, server);
  const privateKey = await readPrivateKey(options.privateKeyFile, server);
  const client = new SftpClient("inventory-sync", {
    error: (error) =>
      log.debug({ server, error: error instanceof Error ? error.message : String(error) }, "sftp connection failed"),
    end: () => log.debug({ server }, "sftp connection ended by the server"),
    close: () => log.debug({ server }, "sftp connection closed"),
  });
  const ssh2 = (client as unknown as { readonly client: Ssh2Client }).client;
  /**
   * Runs one request. `doing` names it for people: "list incoming".
   * @throws SftpFailure; past the deadline the connection is cut, since nothing on it can be trusted to be answered
   */
  const request = async <T>(
    doing: string,
    work: (client: SftpClient) => Promise<T>,
    deadlineMs = limits.requestDeadlineMs,
  ): Promise<T> => {
    try {
      return await withinMs(deadlineMs, work(client), () => {
        ssh2.destroy();
        return deadlineFailure(doing, server, deadlineMs);
      });
    } catch (error) {
      throw hostKey.refusal() ?? sftpFailure(withoutPassword(error, address.password), doing, server);
    }
  };
  // Without delay from the first packet on: small requests that wait for each other's acknowledgement cost 40 ms each, in
  // signing in a third of a second, and a download runs at a fiftieth of its speed.
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  const offer = hearOffer(socket);
  const signing = signingIn({ username: address.username, password: address.password, privateKey });
  const connecting = (sftp: SftpClient) =>
    sftp.connect({
      host: address.host,
      port: address.port,
      sock: socket,
      username: address.username,
      ...(address.password === undefined ? {} : { password: address.password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      tryKeyboard: address.password !== undefined,
      authHandler: signing.next as never,
      hostVerifier: hostKey.verify,
      readyTimeout: limits.readyDeadlineMs,
      keepaliveInterval: limits.keepaliveIntervalMs,
      keepaliveCountMax: limits.keepaliveCountMax,
    });
  try {
    // The library watches the handshake itself; ours is for what it does not watch, such as opening the SFTP subsystem.
    await request("sign in", connecting, limits.readyDeadlineMs + limits.requestDeadlineMs);
  } catch (error) {
    ssh2.destroy();
    // The library has not taken the socket when it refuses the options, such as a key that it cannot read.
    socket.destroy();
    const cause = error instanceof Error ? error.cause : undefined;
    if (isRefusal(cause)) throw signing.refused(server);
    throw offer.disagreement(cause, server) ?? error;
  }
  return {
    client,
    limits,
    server,
    /** On the server; absolute, or "." for where the account begins. */
    basePath: address.basePath,
    /** The requests that the wrapper has no way for, with callbacks. */
    files: () => (client as unknown as { readonly sftp: ReadsFiles }).sftp,
    request,
    /** Runs one of the requests whose answers the wrapper changes: it calls `done` with what the server said. @throws as `request` */
    ask: <T>(doing: string, work: (files: LooksAround, done: Done<T>) => void): Promise<T> =>
      request(doing, (connected) => answerOf(connected, ssh2, work)),
    /** Turns an error of this session's streams into an SftpFailure; other errors stay what they are. */
    failure: (error: unknown, doing: string) => sftpFailure(withoutPassword(error, address.password), doing, server),
    end: () => endSession(client, ssh2, limits.endDeadlineMs),
  };
}

/** What the server answers; a connection that ends meanwhile is a failure, too. */
function answerOf<T>(
  client: SftpClient,
  ssh2: Ssh2Client,
  work: (files: LooksAround, done: Done<T>) => void,
): Promise<T> {
  const { sftp } = client as unknown as { readonly sftp?: LooksAround };
  return new Promise((resolve, reject) => {
    if (!sftp) return reject(new Error("not connected"));
    const lost = (): void => reject(new Error("connection lost"));
    ssh2.once("close", lost);
    work(sftp, (error, value) => {
      ssh2.off("close", lost);
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/** Whether the server was spoken with and took none of our ways to sign in. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /authentication methods failed/i.test(error.message);
}

/** The library's end() may never settle after a failure; then the connection is cut. */
async function endSession(client: SftpClient, ssh2: Ssh2Client, deadlineMs: number): Promise<void> {
  try {
    await withinMs(deadlineMs, client.end(), () => new Error("no goodbye"));
  } catch {
    // Whatever went wrong while leaving, the connection is not used again.
  } finally {
    ssh2.destroy();
  }
}

async function readPrivateKey(file: string | undefined, server: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new SftpFailure(
      "auth",
      `The private key ${file} for ${server} cannot be read (${why}). Check ${ITS_KEY} and the rights of the file.`,
    );
  }
}

function withoutPassword(error: unknown, password: string | undefined): unknown {
  if (!(error instanceof Error) || error instanceof SftpFailure || password === undefined) return error;
  if (error.message.includes(password)) error.message = error.message.replaceAll(password, "***");
  return error;
}
