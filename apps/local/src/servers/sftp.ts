// A private SFTP server over one folder, for one account: what the POS or ERP would otherwise put its snapshot files on.
import { createHash, timingSafeEqual } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { AddressInfo, Socket } from "node:net";
import ssh2, { type AuthContext, type Connection, type ServerConfig } from "ssh2";
import { PortInUse } from "./free-port.ts";
import { loadHostKey } from "./sftp-host-key.ts";
import { openJail } from "./sftp-jail.ts";
import { serveSession } from "./sftp-session.ts";

export interface SftpOptions {
  /** The folder that clients see as "/"; it is created when missing. */
  readonly root: string;
  /** 0 or undefined: any free one. */
  readonly port?: number;
  readonly username: string;
  readonly password: string;
  /** Where the host key is kept; made the first time. */
  readonly hostKeyFile: string;
  /** A public key in OpenSSH's one-line form that may sign in as well. */
  readonly authorizedKey?: string;
}

export interface SftpServer {
  /** With user name and password; the base path is the root. */
  readonly url: string;
  readonly port: number;
  readonly root: string;
  readonly hostKeySha256: string;
  /** Cuts every connection, as a network does; new ones are taken. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/** Starts the server on 127.0.0.1. Throws PortInUse when `port` is taken. */
export async function startSftp(options: SftpOptions): Promise<SftpServer> {
  await mkdir(options.root, { recursive: true });
  const jail = await openJail(options.root);
  const hostKey = await loadHostKey(options.hostKeyFile);
  const config: ServerConfig = { hostKeys: [hostKey.privateKey], ident: "inventory-sync" };
  const connections = new Set<Connection>();
  const server = new ssh2.Server(config, (connection) => {
    connections.add(connection);
    // Small answers must not wait for each other: streaming reads are one request a chunk.
    socketOf(connection)?.setNoDelay(true);
    connection.on("authentication", (context) => authenticate(context, options));
    connection.on("session", (accept) => {
      accept().on("sftp", (acceptSftp) => serveSession(acceptSftp(), jail));
    });
    // A client that goes away in the middle of a handshake is no fault of the server.
    connection.on("error", () => undefined);
    connection.on("close", () => connections.delete(connection));
  });
  const dropConnections = () => {
    for (const connection of connections) socketOf(connection)?.destroy();
  };
  const port = await listen(server, options.port ?? 0);
  const account = `${encodeURIComponent(options.username)}:${encodeURIComponent(options.password)}`;
  return {
    url: `sftp://${account}@127.0.0.1:${port}/`,
    port,
    root: options.root,
    hostKeySha256: hostKey.sha256,
    dropConnections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        dropConnections();
      }),
  };
}

function listen(server: ssh2.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new PortInUse(port) : error),
    );
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function authenticate(context: AuthContext, options: SftpOptions): void {
  const byPassword = context.method === "password" && isSame(context.password, options.password);
  const byKey = context.method === "publickey" && isAuthorized(context, options.authorizedKey);
  if (isSame(context.username, options.username) && (byPassword || byKey)) context.accept();
  else context.reject(options.authorizedKey ? ["password", "publickey"] : ["password"]);
}

function isAuthorized(
  context: Extract<AuthContext, { method: "publickey" }>,
  authorizedKey: string | undefined,
): boolean {
  if (!authorizedKey) return false;
  const allowed = ssh2.utils.parseKey(authorizedKey);
  if (allowed instanceof Error || !allowed.getPublicSSH().equals(context.key.data)) return false;
  // The first round only asks whether this key would do; the second is signed.
  if (!context.signature || !context.blob) return true;
  return allowed.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** The server side of ssh2 keeps its socket to itself, as far as its types go. */
function socketOf(connection: Connection): Socket | undefined {
  return (connection as unknown as { readonly _sock?: Socket })._sock;
}
