// SFTP servers as they are met: one that works, with a way to make single answers different, and with its own idea of how people
// sign in and of what is encrypted how.
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { loadHostKey, openJail, serveSession } from "@inventory-sync/local";
import ssh2, { type AuthContext, type FileEntry, type SFTPWrapper } from "ssh2";
import { freshFolder } from "./run-folder.ts";

/** What is odd about a server. */
interface Oddities {
  /** The status that a request is answered with instead of being done; undefined: it is done. `path` is "" where there is none. */
  status?: (request: string, path: string) => number | undefined;
  /** Changes an entry of a listing. */
  entry?: (entry: FileEntry) => FileEntry;
  /** Replaces signing in by password. */
  signIn?: (context: AuthContext) => void;
  algorithms?: ssh2.Algorithms;
}

export interface OddSftp {
  readonly url: string;
  readonly hostKeySha256: string;
  readonly root: string;
  readonly username: string;
  readonly password: string;
  /** May be changed while the server runs. */
  readonly odd: Oddities;
  drop(): Promise<void>;
}

/** Starts it on a free port; `incoming/` exists already. */
export async function oddSftp(odd: Oddities = {}): Promise<OddSftp> {
  const folder = await freshFolder("odd-sftp");
  const root = join(folder, "root");
  await mkdir(join(root, "incoming"), { recursive: true });
  const jail = await openJail(root);
  const hostKey = await loadHostKey(join(folder, "host-key"));
  const [username, password] = ["pos", randomBytes(12).toString("hex")];
  const options = { hostKeys: [hostKey.privateKey], ...(odd.algorithms && { algorithms: odd.algorithms }) };
  const ssh = new ssh2.Server(options, (connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      if (odd.signIn) odd.signIn(context);
      else if (context.method === "password" && context.password === password) context.accept();
      else context.reject(["password"]);
    });
    connection.on("session", (accept) =>
      accept().on("sftp", (acceptSftp) => serveSession(withOddities(acceptSftp(), odd), { jail, open: { count: 0 } })),
    );
  });
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const account = { username, password, root, hostKeySha256: hostKey.sha256, odd };
  return {
    ...account,
    url: `sftp://${username}:${password}@127.0.0.1:${port}/`,
    drop: async () => {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const requests = new Set("OPEN STAT LSTAT OPENDIR READDIR MKDIR REMOVE RENAME EXTENDED".split(" "));

type Handler = (id: number, ...rest: unknown[]) => void;

/** The server's side of a session whose requests pass by the oddities first. */
function withOddities(sftp: SFTPWrapper, odd: Oddities): SFTPWrapper {
  const on = (request: string, handler: Handler) =>
    sftp.on(
      request as "READDIR",
      ((id: number, ...rest: unknown[]) => {
        if (!requests.has(request)) return handler(id, ...rest);
        const path = typeof rest[0] === "string" ? rest[0] : "";
        const status = odd.status?.(request, path);
        if (status !== undefined) return void sftp.status(id, status);
        handler(id, ...rest);
      }) as never,
    );
  const name = (id: number, entries: FileEntry[]) => sftp.name(id, odd.entry ? entries.map(odd.entry) : entries);
  return new Proxy(sftp, {
    get: (target, field) => {
      if (field === "on") return on;
      if (field === "name") return name;
      const value: unknown = Reflect.get(target, field);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
