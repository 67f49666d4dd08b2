// The data folder of a start: made or closed to other accounts, and locked, so that one start at a time runs on it. The lock is a
// listening socket, so the system itself lets go of it when its holder dies, in whatever way; a start that finds it taken asks its holder.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataFolderArgument, endOrphans } from "../processes/orphans.ts";
import { throughOnly } from "../servers/unprivileged.ts";

const ownerOnly = { folder: 0o700, file: 0o600 };
const askMsMax = 2_000;

/**
 * Makes the folder when it is missing, takes it for this start until this process ends, and ends what a killed start left running on it.
 * Throws when another start holds it.
 */
export async function claimDataFolder(dataDir: string, say: (line: string) => void): Promise<void> {
  const isNew = mkdirSync(dataDir, { recursive: true }) !== undefined;
  // As root the database runs under another account, which has to reach its folder in this one.
  const mayPass = process.getuid?.() === 0 ? throughOnly : ownerOnly.folder;
  if (isNew) chmodSync(dataDir, mayPass);
  else closeToOthers(dataDir, mayPass);
  await lock(dataDir);
  const left = { folder: dataFolderArgument(dataDir), program: /^node/, signal: "SIGTERM" as const };
  if ((await endOrphans(left)) > 0) say("Stopped what an earlier start had left running on this folder.");
}

/** A data folder of a version that left it open to other accounts is closed to them. Only what is ours is touched. */
function closeToOthers(dataDir: string, mayPass: number): void {
  if (!existsSync(join(dataDir, "secrets.json"))) return;
  const { folder, file } = ownerOnly;
  const modes = { "": mayPass, logs: folder, sftp: folder, spool: folder, postgres: mayPass, "demo.json": file };
  for (const [name, mode] of Object.entries(modes)) {
    const path = join(dataDir, name);
    if (existsSync(path)) chmodSync(path, mode);
  }
}

async function lock(folder: string): Promise<void> {
  const address = addressOf(realpathSync(folder));
  if (await holds(address)) return;
  const pid = await askHolder(address);
  if (pid === undefined && !address.startsWith("\0")) {
    // A socket file outlives its process where there are no abstract names; none answers on it, so it is a leftover.
    rmSync(address, { force: true });
    if (await holds(address)) return;
  }
  const holder = pid ? ` (process ${pid})` : "";
  throw new Error(
    `${folder} is in use by another start${holder}. Stop that one first, or set DATA_DIR to another folder.`,
  );
}

/** A name of the system's own on Linux (nothing on disk), a short path elsewhere: paths of sockets are limited to some 100 characters. */
function addressOf(folder: string): string {
  const name = `inventory-sync-${createHash("sha256").update(folder).digest("hex").slice(0, 24)}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

function holds(address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer((asker) => {
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
