// The SFTP server's host key: made once, kept in a private file, known by the fingerprint that OpenSSH prints.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import { writePrivateFile } from "./server-state.ts";

/** Reads the ed25519 key in `file`, or makes it. `sha256` is 'SHA256:' and base64 without padding. */
export async function loadHostKey(file: string): Promise<{ privateKey: string; sha256: string }> {
  const privateKey = await readFile(file, "utf8").catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    const made = makeKey();
    await writePrivateFile(file, made);
    return made;
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Error(`The SFTP host key in ${file} cannot be read (${parsed.message}): remove it to get a new one.`);
  return { privateKey, sha256: fingerprint(parsed.getPublicSSH()) };
}

const KEY_TRIES_MAX = 20;

/** Of the keys that the library makes, one in some three hundred is written in a form that it cannot read again. */
function makeKey(): string {
  for (let tries = 1; tries <= KEY_TRIES_MAX; tries += 1) {
    const made = ssh2.utils.generateKeyPairSync("ed25519").private;
    if (!(ssh2.utils.parseKey(made) instanceof Error)) return made;
  }
  throw new Error(`No usable host key came of ${KEY_TRIES_MAX} tries.`);
}

/** A public key's fingerprint as OpenSSH prints it. */
export function fingerprint(publicKey: Buffer): string {
  return `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=$/, "")}`;
}
