// What a private server must remember between two starts (its password, its last port), in one small file of its own.
import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** `port` is the one used last; it is taken again when it is free, so that addresses written down stay true. */
export interface ServerState {
  readonly password: string;
  readonly port: number;
}

const fileName = "server.json";

/** Reads `<folder>/server.json`, or makes a new random password when there is none yet. */
export async function readServerState(folder: string): Promise<ServerState> {
  try {
    return JSON.parse(await readFile(join(folder, fileName), "utf8")) as ServerState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { password: randomBytes(18).toString("hex"), port: 0 };
  }
}

/** Writes `<folder>/server.json`, readable by its owner only, whole or not at all. */
export async function writeServerState(folder: string, state: ServerState): Promise<void> {
  await writePrivateFile(join(folder, fileName), `${JSON.stringify(state)}\n`);
}

/** Writes a file of mode 0600 under another name and moves it into place, so that a crash never leaves half of it. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, content, { mode: 0o600 });
  await rename(unfinished, path);
}
