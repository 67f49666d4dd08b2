/**
 * Who may sign in at the board, and how their passwords are kept: as scrypt hashes that carry their own parameters, so that these can be raised
 * later. The board reads the users file; `npm start` and the operator's command line write it.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { z } from "zod";

const COST = 2 ** 15;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
/** A hash from a file may not ask for more work than this. */
const COST_MAX = 2 ** 20;

const STORED = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]{8,})\$([A-Za-z0-9_-]{16,})$/;

/** The hash of a password: `scrypt$N$r$p$salt$hash`, salt and hash in base64url. Takes about 0.1 s on purpose. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, { N: COST, r: BLOCK_SIZE, p: PARALLELISM });
  return ["scrypt", COST, BLOCK_SIZE, PARALLELISM, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Says whether a text is a hash that `verifyPassword` can read. */
export function isPasswordHash(stored: string): boolean {
  const cost = Number(STORED.exec(stored)?.[1] ?? 0);
  return cost > 1 && cost <= COST_MAX && (cost & (cost - 1)) === 0;
}

/** Says whether the password is the one whose hash is stored. An unreadable hash fits no password. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, cost, blockSize, parallelism, salt, hash] = STORED.exec(stored) ?? [];
  if (salt === undefined || hash === undefined || !isPasswordHash(stored)) return false;
  const expected = Buffer.from(hash, "base64url");
  const options = { N: Number(cost), r: Number(blockSize), p: Number(parallelism) };
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64url"), expected.length, options), expected);
}

function derive(password: string, salt: Buffer, bytes: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, bytes, { ...options, maxmem: MEMORY_BYTES_MAX }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** `viewer` reads, `operator` also acts. */
export const boardRoles = ["viewer", "operator"] as const;

/** What a person may do. */
export type BoardRole = (typeof boardRoles)[number];

/** The users file: `[{name, role, passwordHash}]`. */
export const boardUsersFile = z.array(
  z.strictObject({
    name: z.string().min(1).max(128),
    role: z.enum(boardRoles),
    passwordHash: z.string().refine(isPasswordHash, "must be a hash as scrypt$N$r$p$salt$hash"),
  }),
);

/** A person who may sign in. */
export type BoardUser = z.infer<typeof boardUsersFile>[number];
