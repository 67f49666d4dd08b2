// Request signing by the Standard Webhooks convention (flow 1, step 1): for clients whose key alone is not trusted.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { signingSecretBytes } from "@inventory-sync/domain";
import { Problem } from "./problem.ts";

/** A signature older than this is refused, in seconds. */
export const SIGNATURE_AGE_S_MAX = 300;
/** A signature further ahead of this clock than this is refused, in seconds. */
export const SIGNATURE_AHEAD_S_MAX = 60;

const VERSION_PREFIX = "v1,";
const ID_LENGTH_MAX = 256;

/**
 * Checks the signature of a request over its raw bytes: `webhook-signature` must have among its space-separated
 * signatures (several during a rotation) the HMAC-SHA256 of "id.timestamp.body" under the client's secret.
 * Returns the id: it is signed, and by the convention the same for each attempt at one message.
 * @throws Problem 401 saying what is missing, too old, ahead or wrong.
 */
export function verifySignature(given: {
  secret: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  nowMs: number;
}): string {
  const id = header(given.headers, "webhook-id");
  const timestamp = header(given.headers, "webhook-timestamp");
  const signatures = header(given.headers, "webhook-signature");
  if (id.length > ID_LENGTH_MAX) throw refused(`webhook-id is longer than ${ID_LENGTH_MAX} characters`);
  if (!/^\d{1,12}$/.test(timestamp))
    throw refused("webhook-timestamp must be the time of sending in whole seconds since 1970");

  const ageS = given.nowMs / 1000 - Number(timestamp);
  if (ageS > SIGNATURE_AGE_S_MAX) {
    throw refused(
      `webhook-timestamp is ${Math.round(ageS)} s old; at most ${SIGNATURE_AGE_S_MAX} s are taken: sign each attempt anew`,
    );
  }
  if (ageS < -SIGNATURE_AHEAD_S_MAX) {
    throw refused(
      `webhook-timestamp is ${Math.round(-ageS)} s ahead of this clock; at most ${SIGNATURE_AHEAD_S_MAX} s are taken: set the clock`,
    );
  }
  const secret = signingSecretBytes(given.secret);
  if (secret === undefined) throw new Error("the clients file let an unusable signing secret through");
  const expected = createHmac("sha256", secret).update(`${id}.${timestamp}.`).update(given.body).digest();
  const matches = signatures.split(" ").filter((signature) => isSignature(signature, expected));
  if (matches.length === 0) {
    throw refused("webhook-signature has no v1 signature that fits: sign the bytes of the body as they are sent");
  }
  return id;
}

function isSignature(text: string, expected: Buffer): boolean {
  if (!text.startsWith(VERSION_PREFIX)) return false;
  const signature = Buffer.from(text.slice(VERSION_PREFIX.length), "base64");
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value === "string" && value !== "") return value;
  throw refused(`this client must sign its requests, and the header ${name} is missing`);
}

function refused(detail: string): Problem {
  return new Problem("unauthorized", `The signature was refused: ${detail}.`);
}
