// The first account of the board: an operator whose password stands in credentials.json. Later accounts are the operator's.
import { randomBytes, scryptSync } from "node:crypto";
import { existsSync } from "node:fs";
import { writePrivateFile } from "../servers/server-state.ts";

const cost = { N: 16_384, r: 8, p: 1 };
const hashBytes = 32;
const saltBytes = 16;

/** Writes the file with one operator when there is none yet. */
export async function ensureBoardUser(
  file: string,
  user: { readonly name: string; readonly password: string },
): Promise<void> {
  if (existsSync(file)) return;
  const users = [{ name: user.name, role: "operator", passwordHash: hashPassword(user.password) }];
  await writePrivateFile(file, `${JSON.stringify(users, null, 2)}\n`);
}

/** `scrypt$N$r$p$salt$hash`, both in base64. */
function hashPassword(password: string): string {
  const salt = randomBytes(saltBytes);
  const hash = scryptSync(password, salt, hashBytes, cost);
  return ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64"), hash.toString("base64")].join("$");
}
