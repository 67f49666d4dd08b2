// One SFTP connection, from signing in to goodbye. Every request has a name and a deadline, and fails in words.
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import SftpClient from "ssh2-sftp-client";
import type { SftpAddress } from "./address.ts";
import { withDeadline } from "./deadline.ts";
import { deadlineFailure, SftpFailure, sftpFailure } from "./failure.ts";
import { hostKeyCheck } from "./host-key.ts";
import type { SftpLimits } from "./limits.ts";
import type { ReadsFiles } from "./ordered-reads.ts";

/** What is needed of a log; pino's fits. */
export interface SftpLog {
  debug(details: object, text: string): void;
  warn(details: object, text: string): void;
}

export interface SessionOptions {
  readonly address: SftpAddress;
  readonly privateKeyFile?: string | undefined;
  readonly hostKeySha256: readonly string[];
  readonly limits: SftpLimits;
}

export interface Session {
  readonly client: SftpClient;
  readonly limits: SftpLimits;
  readonly server: string;
  /** The requests that the wrapper has no way for, with callbacks. */
  files(): ReadsFiles;
  /**
   * Runs one request. `doing` names it for people: "list incoming".
   * @throws SftpFailure; past the deadline the connection is cut, since nothing on it can be trusted to be answered
   */
  request<T>(doing: string, work: (client: SftpClient) => Promise<T>, deadlineMs?: number): Promise<T>;
  /** Turns an error of this session's streams into an SftpFailure; other errors stay what they are. */
  failure(error: unknown, doing: string): SftpFailure;
  end(): Promise<void>;
}

/** The parts of the underlying ssh2 client that the wrapper does not offer itself. */
interface Ssh2Client {
  destroy(): void;
}

/** @throws SftpFailure: "host-key" before any credential is sent, "auth", "unreachable", "deadline" */
export async function openSession(options: SessionOptions, log: SftpLog): Promise<Session> {
  const { address, limits } = options;
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
  const request: Session["request"] = async (doing, work, deadlineMs = limits.requestDeadlineMs) => {
    try {
      return await withDeadline(deadlineMs, work(client), () => {
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
  const connecting = (sftp: SftpClient) =>
    sftp.connect({
      host: address.host,
      port: address.port,
      sock: socket,
      username: address.username,
      ...(address.password === undefined ? {} : { password: address.password }),
      ...(privateKey === undefined ? {} : { privateKey }),
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
    throw error;
  }
  return {
    client,
    limits,
    server,
    files: () => (client as unknown as { readonly sftp: ReadsFiles }).sftp,
    request,
    failure: (error, doing) => sftpFailure(withoutPassword(error, address.password), doing, server),
    end: () => endSession(client, ssh2, limits.endDeadlineMs),
  };
}

/** The library's end() may never settle after a failure; then the connection is cut. */
async function endSession(client: SftpClient, ssh2: Ssh2Client, deadlineMs: number): Promise<void> {
  try {
    await withDeadline(deadlineMs, client.end(), () => new Error("no goodbye"));
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
      `The private key ${file} for ${server} cannot be read (${why}). Check SFTP_PRIVATE_KEY_FILE and its rights.`,
    );
  }
}

function withoutPassword(error: unknown, password: string | undefined): unknown {
  if (!(error instanceof Error) || error instanceof SftpFailure || password === undefined) return error;
  if (error.message.includes(password)) error.message = error.message.replaceAll(password, "***");
  return error;
}
