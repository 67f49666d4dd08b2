// A private SFTP server over one folder, for one account: what the POS or ERP would otherwise put its snapshot files on.
import { createHash, timingSafeEqual } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import ssh2, { type AuthContext, type Connection, type ServerConfig } from "ssh2";
import { PortInUse } from "./free-port.ts";
import { keepConnections, triesMax } from "./sftp-connections.ts";
import { loadHostKey } from "./sftp-host-key.ts";
import { openJail } from "./sftp-jail.ts";
import { type OpenHandles, serveSession } from "./sftp-session.ts";

const signInMsMax = 20_000;
/** Sessions on one connection at a time; clients use one. */
const channelsMax = 4;

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
  /** How long somebody may take to sign in. 20 seconds unless given. */
  readonly signInMsMax?: number;
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
  const connections = keepConnections(options.signInMsMax ?? signInMsMax);
  const open: OpenHandles = { count: 0 };
  const ssh = new ssh2.Server(config, (connection, { port }) => {
    signIn(connection, options, () => connections.cut(port));
    connection.on("ready", () => connections.signedIn(port));
    serveChannels(connection, (sftp) => serveSession(sftp, { jail, open }));
    // A client that goes away in the middle of a handshake is no fault of the server.
    connection.on("error", () => undefined);
  });
  const server = createServer((socket) => {
    // Small answers must not wait for each other: streaming reads are one request a chunk.
    socket.setNoDelay(true);
    if (connections.admit(socket)) ssh.injectSocket(socket);
  });
  const dropConnections = () => connections.cutAll();
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

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new PortInUse(port) : error),
    );
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Lets the account in, and cuts a connection on which too much was tried. */
function signIn(connection: Connection, options: SftpOptions, cut: () => void): void {
  let tries = 0;
  connection.on("authentication", (context) => {
    const byPassword = context.method === "password" && isSame(context.password, options.password);
    const byKey = context.method === "publickey" && isAuthorized(context, options.authorizedKey);
    if (isSame(context.username, options.username) && (byPassword || byKey)) return context.accept();
    // Clients begin by asking with nothing which ways there are.
    if (context.method !== "none" || tries > 0) tries += 1;
    if (tries >= triesMax) return cut();
    context.reject(options.authorizedKey ? ["password", "publickey"] : ["password"]);
  });
}

function serveChannels(connection: Connection, serve: (sftp: ssh2.SFTPWrapper) => void): void {
  let channels = 0;
  connection.on("session", (accept, reject) => {
    if (channels >= channelsMax) return void reject();
    channels += 1;
    const session = accept();
    session.on("sftp", (acceptSftp) => serve(acceptSftp()));
    session.on("close", () => {
      channels -= 1;
    });
  });
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
