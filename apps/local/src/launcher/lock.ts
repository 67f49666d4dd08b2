// One start per data folder. The lock is a listening socket, so the system itself lets go of it when its holder dies, in whatever way;
// whoever finds it taken asks it who holds it.
import { createHash } from "node:crypto";
import { realpathSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Somebody else runs on this folder; `pid` is theirs, or undefined when they did not say. */
class FolderInUse extends Error {
  constructor(folder: string, pid: string | undefined) {
    const holder = pid ? ` (process ${pid})` : "";
    super(`${folder} is in use by another start${holder}. Stop that one first, or set DATA_DIR to another folder.`);
    this.name = "FolderInUse";
  }
}

const askMsMax = 2_000;

/** Takes the lock of an existing folder, and keeps it until this process ends. Throws FolderInUse. */
export async function lockFolder(folder: string): Promise<void> {
  const address = addressOf(realpathSync(folder));
  if (await holds(address)) return;
  const pid = await askHolder(address);
  if (pid === undefined && !address.startsWith("\0")) {
    // A socket file outlives its process where there are no abstract names; nobody answers on it, so it is a leftover.
    rmSync(address, { force: true });
    if (await holds(address)) return;
  }
  throw new FolderInUse(folder, pid);
}

/** A name of the system's own on Linux (nothing on disk), a short path elsewhere: paths of sockets are limited to some 100 characters. */
function addressOf(folder: string): string {
  const name = `inventory-sync-${createHash("sha256").update(folder).digest("hex").slice(0, 24)}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

function holds(address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((asker) => {
      asker.on("error", () => undefined);
      asker.end(String(process.pid));
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error),
    );
    server.listen(address, () => {
      server.unref();
      resolve(true);
    });
  });
}

function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(address);
    socket.setTimeout(askMsMax, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.once("error", () => undefined);
    socket.once("close", () => resolve(answer || undefined));
  });
}
