// A private SFTP server over a new, empty folder.
import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SftpServer, startSftp } from "@inventory-sync/local";
import { freshFolder } from "./run-folder.ts";

export interface FreshSftp extends SftpServer {
  readonly username: string;
  readonly password: string;
  /** Puts a whole file into incoming/, the way a careful sender does: under another name first. */
  putSnapshot(name: string, content: string | Buffer): Promise<void>;
  /** Stops the server and removes the folder. */
  drop(): Promise<void>;
}

/** Starts it on a free port; `incoming/` exists already. `authorizedKey` is a public key that may sign in as well, `signInMsMax` how long that may take. */
export async function freshSftp(options: { authorizedKey?: string; signInMsMax?: number } = {}): Promise<FreshSftp> {
  const folder = await freshFolder("sftp");
  const root = join(folder, "root");
  const incoming = join(root, "incoming");
  await mkdir(incoming, { recursive: true });
  const account = { username: "pos", password: randomBytes(12).toString("hex") };
  const server = await startSftp({ root, ...account, hostKeyFile: join(folder, "host-key"), ...options });
  return {
    ...server,
    ...account,
    putSnapshot: async (name, content) => {
      const unfinished = join(incoming, `${name}.part`);
      await writeFile(unfinished, content);
      await rename(unfinished, join(incoming, name));
    },
    drop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
