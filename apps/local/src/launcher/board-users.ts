// The first account of the board: an operator whose password stands in credentials.json. Later accounts are the operator's to make.
import { existsSync } from "node:fs";
import { hashPassword } from "@inventory-sync/runtime";
import { writePrivateFile } from "../servers/server-state.ts";

/** Writes the file with one operator when there is none yet. */
export async function ensureBoardUser(
  file: string,
  user: { readonly name: string; readonly password: string },
): Promise<void> {
  if (existsSync(file)) return;
  const users = [{ name: user.name, role: "operator", passwordHash: await hashPassword(user.password) }];
  await writePrivateFile(file, `${JSON.stringify(users, null, 2)}\n`);
}
