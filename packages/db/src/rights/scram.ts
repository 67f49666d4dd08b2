// A password as PostgreSQL stores it, worked out here: so the password itself is in no statement, and none of the server's logs and
// statistics of statements can show it.
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const STORED = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/;

/** The SCRAM-SHA-256 verifier of a password, with a salt of its own. @throws Error when the password is not plain ASCII */
export function scramVerifier(password: string, salt = randomBytes(SALT_BYTES), iterations = ITERATIONS): string {
  // Other characters would first have to be prepared as RFC 4013 says.
  if (!/^[\x21-\x7e]+$/.test(password)) throw new Error("a role's password is letters, digits and signs of ASCII only");
  const salted = pbkdf2Sync(password, salt, iterations, KEY_BYTES, "sha256");
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(keyed("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${keyed("Server Key").toString("base64")}`;
}

/** Whether `stored`, as pg_authid has it, is this password's. */
export function isPasswordOf(stored: string | null, password: string): boolean {
  const [, iterations, salt] = STORED.exec(stored ?? "") ?? [];
  if (stored === null || iterations === undefined || salt === undefined) return false;
  const expected = Buffer.from(scramVerifier(password, Buffer.from(salt, "base64"), Number(iterations)));
  return expected.length === stored.length && timingSafeEqual(expected, Buffer.from(stored));
}
