// The clients file of ingest, read and written by the keys commands. It is replaced in one step and only its owner may
// read it, so that ingest, which reads it again at every change, never sees half of one.
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type ClientsFile, clientsFile } from "@inventory-sync/domain";
import { z } from "zod";
import { Failure } from "./command.ts";

const OWNER_ONLY = 0o600;

/** The clients of the file; none when there is no file yet. @throws Failure when the file has faults */
export async function readClientsFile(path: string): Promise<ClientsFile> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { clients: [] };
    throw new Failure(`${path} cannot be read: ${(error as Error).message}.`);
  }
  try {
    return clientsFile.parse(JSON.parse(content));
  } catch (error) {
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Failure(`${path} has faults, so it is left as it is: ${fault}`);
  }
}

/** Checks and writes the clients. @throws Failure when they would not be a valid file, or it cannot be written */
export async function writeClientsFile(path: string, clients: ClientsFile): Promise<void> {
  const checked = clientsFile.safeParse(clients);
  if (!checked.success) throw new Failure(`This would not be a valid clients file: ${z.prettifyError(checked.error)}`);
  const unfinished = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(unfinished, "wx", OWNER_ONLY);
    try {
      await file.writeFile(`${JSON.stringify(checked.data, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new Failure(`${path} cannot be written: ${(error as Error).message}.`);
  }
}
