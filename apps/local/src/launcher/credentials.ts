// The secrets of the embedded default: made once, kept in DATA_DIR/credentials.json for its owner only, the same at every later start.
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type RoleKind, roleKinds } from "@inventory-sync/db";
import { writePrivateFile } from "../servers/server-state.ts";

/** credentials.json, field by field. `root` is null when the SFTP server is somebody else's. */
export interface Credentials {
  readonly ingestUrl: string;
  readonly boardUrl: string;
  readonly ingestKey: string;
  readonly boardToken: string;
  readonly boardUser: string;
  readonly boardPassword: string;
  readonly sftp: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
    readonly hostKeySha256: string;
    readonly root: string | null;
  };
  readonly database: string;
  readonly queue: string;
}

/** The part of them that is chosen and not found out. */
export interface Secrets {
  readonly ingestKey: string;
  readonly boardToken: string;
  readonly boardUser: string;
  readonly boardPassword: string;
  readonly sftpUsername: string;
  readonly sftpPassword: string;
  /** Of the roles of the embedded database; its owner has none, since nobody signs in as it. */
  readonly databasePasswords: Readonly<Record<Exclude<RoleKind, "owner">, string>>;
}

export function credentialsFile(dataDir: string): string {
  return join(dataDir, "credentials.json");
}

/**
 * The secrets of an earlier start, or new ones, kept at once in DATA_DIR/secrets.json: a first start that fails half-way has already told
 * other files of them.
 */
export async function readSecrets(dataDir: string): Promise<Secrets> {
  const file = join(dataDir, "secrets.json");
  let kept: Partial<Secrets> = {};
  try {
    if (existsSync(file)) kept = JSON.parse(await readFile(file, "utf8")) as Partial<Secrets>;
  } catch (error) {
    throw new Error(
      `${file} cannot be read (${(error as Error).message}). Put it back, or remove it together with clients.json and board-users.json.`,
    );
  }
  const secrets = { ...makeSecrets(), ...kept };
  // Also in a folder of before the roles.
  if (kept.databasePasswords === undefined) await writePrivateFile(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

function makeSecrets(): Secrets {
  const roles = roleKinds.filter((kind) => kind !== "owner").map((kind) => [kind, secret()]);
  return {
    ingestKey: secret(),
    boardToken: secret(),
    boardUser: "admin",
    boardPassword: secret(),
    sftpUsername: "pos",
    sftpPassword: secret(),
    databasePasswords: Object.fromEntries(roles) as Secrets["databasePasswords"],
  };
}

/** Takes credentials.json away while a start has not finished: the file stands there exactly when its addresses are true. */
export async function withdrawCredentials(dataDir: string): Promise<void> {
  await rm(credentialsFile(dataDir), { force: true });
}

/** Writes credentials.json, mode 0600. */
export async function writeCredentials(dataDir: string, credentials: Credentials): Promise<void> {
  await writePrivateFile(credentialsFile(dataDir), `${JSON.stringify(credentials, null, 2)}\n`);
}

/** Writes the ingest's list of clients when there is none yet: one client that may do everything. Later changes are the operator's. */
export async function ensureClients(file: string, ingestKey: string): Promise<void> {
  if (existsSync(file)) return;
  const keys = [createHash("sha256").update(ingestKey).digest("hex")];
  const clients = [{ name: "pos", keys, facilities: "*", types: "*" }];
  await writePrivateFile(file, `${JSON.stringify({ clients }, null, 2)}\n`);
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}
