// The SFTP server's host key: made once, kept in a private file, known by the fingerprint that OpenSSH prints.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import { writePrivateFile } from "./server-state.ts";

/** Reads the ed25519 key in `file`, or makes it. `sha256` is 'SHA256:' and base64 without padding. */
export async function loadHostKey(file: string): Promise<{ privateKey: string; sha256: string }> {
  const privateKey = await readFile(file, "utf8").catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    const made = ssh2.utils.generateKeyPairSync("ed25519").private;
    await writePrivateFile(file, made);
    return made;
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Error(`The SFTP host key in ${file} cannot be read (${parsed.message}): remove it to get a new one.`);
  return { privateKey, sha256: fingerprint(parsed.getPublicSSH()) };
}

/** A public key's fingerprint as OpenSSH prints it. */
export function fingerprint(publicKey: Buffer): string {
  return `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=+$/, "")}`;
}
