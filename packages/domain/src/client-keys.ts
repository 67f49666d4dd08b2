// Who may send events: the clients file, and how a key is made and kept. Ingest reads the file; the launcher and the
// operator's command line write it. The file holds digests only, so whoever reads it cannot send with it.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { eventTypes } from "./events.ts";
import { outsideId } from "./ids.ts";

/** Most keys one client may have at a time: the one in use and the one that replaces it. */
export const CLIENT_KEYS_MAX = 2;

/** The most requests a second that a limit may allow: past it there is no limit. */
export const REQUESTS_PER_SECOND_MAX = 1_000_000;

/** As many digits of a key's SHA-256 are shown to people: enough to tell keys apart, nothing to send with. */
export const KEY_ID_LENGTH = 8;

const KEY_BYTES = 32;
const KEY_PREFIX = "isk_";
const SIGNING_PREFIX = "whsec_";
const SIGNING_SECRET_BYTES = 32;
const SIGNING_SECRET_BYTES_MIN = 24;
const SIGNING_SECRET_BYTES_MAX = 64;
const SIGNING_SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** A new random signing secret. Unlike a key it is kept as it is: whoever checks a signature needs it. */
export function makeSigningSecret(): string {
  return `${SIGNING_PREFIX}${randomBytes(SIGNING_SECRET_BYTES).toString("base64")}`;
}

/**
 * The bytes of a Standard Webhooks secret ("whsec_" and 24 to 64 bytes in base64), or undefined when it is none.
 */
export function signingSecretBytes(secret: string): Buffer | undefined {
  const encoded = SIGNING_SECRET.exec(secret)?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  return bytes.length >= SIGNING_SECRET_BYTES_MIN && bytes.length <= SIGNING_SECRET_BYTES_MAX ? bytes : undefined;
}

const keyDigest = z.string().regex(/^[0-9a-f]{64}$/, "must be the SHA-256 of a key as 64 lower-case hex digits");

const client = z.strictObject({
  name: outsideId,
  keys: z
    .array(keyDigest)
    .min(1, "must have at least one key")
    .max(CLIENT_KEYS_MAX, `must have at most ${CLIENT_KEYS_MAX} keys: remove the old one when the new one is in use`),
  /** The facilities this client may send for: all, or those listed; `EU-*` stands for each whose id begins with `EU-`. */
  facilities: z.union([z.literal("*"), z.array(outsideId)], { error: 'must be "*" or a list of facility ids' }),
  types: z.union([z.literal("*"), z.array(z.enum(eventTypes))], {
    error: `must be "*" or a list of ${eventTypes.join(", ")}`,
  }),
  /** The channels of kind feed that it may read. */
  channels: z.array(z.string().min(1)).min(1, "must name at least one channel").optional(),
  /** When each key was made, by its digest; keys that were put into the file by hand have no such time. */
  keysCreatedAt: z
    .record(keyDigest, z.iso.datetime({ error: "must be a time in UTC such as 2026-11-23T10:15:00Z" }))
    .optional(),
  /** The requests that this client may send in a second, where it is not the same as for every other. */
  requestsPerSecondMax: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(REQUESTS_PER_SECOND_MAX, `must be at most ${REQUESTS_PER_SECOND_MAX}`)
    .optional(),
  /** When set, every request of this client must be signed by the Standard Webhooks convention. */
  signingSecret: z
    .string()
    .refine((secret) => signingSecretBytes(secret) !== undefined, 'must be "whsec_" and 24 to 64 bytes in base64')
    .optional(),
});

/** Makes the test for the facilities that a client may send for, out of what the clients file says of it. */
export function facilityTest(allowed: "*" | readonly string[]): (facilityId: string) => boolean {
  if (allowed === "*") return () => true;
  const ids = new Set(allowed);
  const beginnings = allowed.filter((each) => each.endsWith("*")).map((each) => each.slice(0, -1));
  return (facilityId) => ids.has(facilityId) || beginnings.some((each) => facilityId.startsWith(each));
}

/**
 * The clients file: `{"clients": [{name, keys, facilities, types, keysCreatedAt?, requestsPerSecondMax?, signingSecret?}]}`.
 * Names and keys are unique.
 */
export const clientsFile = z.strictObject({ clients: z.array(client) }).superRefine((file, context) => {
  const names = new Set<string>();
  const keys = new Set<string>();
  for (const [index, { name, keys: digests, facilities, types, channels }] of file.clients.entries()) {
    const fault = (message: string) => context.addIssue({ code: "custom", path: ["clients", index], message });
    if (names.has(name)) fault(`there are two clients named ${name}`);
    names.add(name);
    // One that only reads a channel sends nothing.
    if (channels === undefined && facilities.length === 0) fault('facilities: must be "*" or a list of facility ids');
    if (channels === undefined && types.length === 0) fault(`types: must be "*" or a list of ${eventTypes.join(", ")}`);
    for (const digest of digests) {
      if (keys.has(digest)) fault(`a key of ${name} stands in the file twice`);
      keys.add(digest);
    }
  }
});

export type ClientsFile = z.infer<typeof clientsFile>;

export type Client = ClientsFile["clients"][number];

/** The SHA-256 of a key in lower-case hex, as the clients file keeps it. A key is 256 random bits, so no salt is needed. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** A new random key. It is shown to its owner once; only its hash is kept. */
export function makeKey(): string {
  return KEY_PREFIX + randomBytes(KEY_BYTES).toString("base64url");
}

/** A key of a client, ready to be compared. */
export interface KnownKey {
  readonly client: Client;
  readonly keyHash: string;
  readonly digest: Buffer;
}

/** Every key of these clients. */
export function keysOf(clients: readonly Client[]): KnownKey[] {
  return clients.flatMap((client) =>
    client.keys.map((keyHash) => ({ digest: Buffer.from(keyHash, "hex"), keyHash, client })),
  );
}

/** The client with this key, or undefined. Takes the same time wherever the key stands, or if it stands nowhere. */
export function clientOfKey(known: readonly KnownKey[], key: string): KnownKey | undefined {
  const digest = Buffer.from(hashKey(key), "hex");
  let found: KnownKey | undefined;
  for (const entry of known) {
    if (timingSafeEqual(entry.digest, digest)) found = entry;
  }
  return found;
}
