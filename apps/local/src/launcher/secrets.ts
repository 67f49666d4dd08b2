// The secrets of the embedded default: made once, kept in DATA_DIR/secrets.json for its owner only, the same at every later start.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RoleKind, roleKinds } from "@inventory-sync/db";
import { hashKey } from "@inventory-sync/domain";
import { hashPassword, writePrivateFile } from "@inventory-sync/runtime";

export type Secrets = ReturnType<typeof makeSecrets>;

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
  if (kept.databasePasswords === undefined) await writeJson(file, secrets);
  return secrets;
}

function makeSecrets() {
  const roles = roleKinds.filter((kind) => kind !== "owner").map((kind) => [kind, secret()]);
  return {
    ingestKey: secret(),
    boardToken: secret(),
    boardUser: "admin",
    boardPassword: secret(),
    sftpUsername: "pos",
    sftpPassword: secret(),
    /** Of the roles of the embedded database; its owner has none, since no process signs in as it. */
    databasePasswords: Object.fromEntries(roles) as Readonly<Record<Exclude<RoleKind, "owner">, string>>,
  };
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}

/** Writes the clients of ingest and the accounts of the board where there are none yet: one of each, which may do everything. */
export async function ensureAccounts(files: { clients: string; users: string }, secrets: Secrets): Promise<void> {
  const { ingestKey, boardUser: name, boardPassword } = secrets;
  if (!existsSync(files.clients))
    await writeJson(files.clients, {
      clients: [{ name: "pos", keys: [hashKey(ingestKey)], facilities: "*", types: "*" }],
    });
  if (!existsSync(files.users))
    await writeJson(files.users, [{ name, role: "operator", passwordHash: await hashPassword(boardPassword) }]);
}

/** Writes a file of settings, mode 0600. */
export async function writeJson(file: string, content: object): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
