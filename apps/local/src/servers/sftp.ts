// A private SFTP server over one folder, for one account: what the POS or ERP would otherwise put its snapshot files on.
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { listen } from "@inventory-sync/runtime";
import ssh2, { type Connection } from "ssh2";
import { PortInUse } from "./ports.ts";
import { type Account, keepConnections, loadHostKey, signIn } from "./sftp-access.ts";
import { openJail } from "./sftp-jail.ts";
import { type OpenHandles, serveSession } from "./sftp-session.ts";

const signInMsMaxDefault = 20_000;
/** Sessions on one connection at a time; clients use one. */
const channelsMax = 4;

interface SftpOptions extends Account {
  /** The folder that clients see as "/"; it is created when missing. */
  readonly root: string;
  /** 0 or undefined: any free one. */
  readonly port?: number;
  /** Where the host key is kept; made the first time. */
  readonly hostKeyFile: string;
  /** How long a client may take to sign in. 20 seconds unless given. */
  readonly signInMsMax?: number;
}

export type SftpServer = Awaited<ReturnType<typeof startSftp>>;

/** Starts the server on 127.0.0.1. Throws PortInUse when `port` is taken. */
export async function startSftp(options: SftpOptions) {
  const { root, username, password, signInMsMax = signInMsMaxDefault } = options;
  await mkdir(root, { recursive: true });
  const jail = await openJail(root);
  const hostKey = await loadHostKey(options.hostKeyFile);
  const connections = keepConnections(signInMsMax);
  const open: OpenHandles = { count: 0 };
  const ssh = new ssh2.Server({ hostKeys: [hostKey.privateKey], ident: "inventory-sync" }, (connection, { port }) => {
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
  const { port: asked = 0 } = options;
  const port = await listen(server, { port: asked, host: "127.0.0.1" }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new PortInUse(asked) : error;
  });
  return {
    /** With user name and password; the base path is the root. */
    url: `sftp://${encodeURIComponent(username)}:${encodeURIComponent(password)}@127.0.0.1:${port}/`,
    port,
    root,
    hostKeySha256: hostKey.sha256,
    /** Cuts every connection, as a network does; new ones are taken. */
    dropConnections: connections.cutAll,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        connections.cutAll();
      }),
  };
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
