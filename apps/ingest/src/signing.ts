// Request signing by the Standard Webhooks convention (flow 1, step 2): for clients whose key alone is not trusted.
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
const DATE_MS_MAX = 8.64e15;

/**
 * Checks the signature of a request over its raw bytes: `webhook-signature` must have among its space-separated
 * signatures (several during a rotation) the HMAC-SHA256 of "id.timestamp.body" under the client's secret.
 * The signature is looked at before its time, so that what was signed well and sent late is told apart from a forgery.
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

  const secret = signingSecretBytes(given.secret);
  if (secret === undefined) throw new Error("the clients file let an unusable signing secret through");
  const expected = createHmac("sha256", secret).update(`${id}.${timestamp}.`).update(given.body).digest();
  const matches = signatures.split(" ").filter((signature) => isSignature(signature, expected));
  if (matches.length === 0) {
    const detail = "webhook-signature has no v1 signature that fits: sign the bytes of the body as they are sent";
    throw refused(detail, "wrong");
  }
  checkAge(Number(timestamp) * 1000, given.nowMs);
  return id;
}

/** The signature is the client's: what is refused now was no forgery, but signed at another time than it was sent. */
function checkAge(signedMs: number, nowMs: number): void {
  const ageS = (nowMs - signedMs) / 1000;
  const times = `signed at ${secondText(signedMs)}, arrived at ${secondText(nowMs)}`;
  if (ageS > SIGNATURE_AGE_S_MAX) {
    const detail = `it is right, but webhook-timestamp is ${Math.round(ageS)} s old (${times}); at most ${SIGNATURE_AGE_S_MAX} s are taken: sign each attempt anew`;
    throw refused(detail, "good");
  }
  if (ageS < -SIGNATURE_AHEAD_S_MAX) {
    const detail = `it is right, but webhook-timestamp is ${Math.round(-ageS)} s ahead of this clock (${times}); at most ${SIGNATURE_AHEAD_S_MAX} s are taken: set the clock`;
    throw refused(detail, "good");
  }
}

/** A timestamp of twelve digits is a time far behind the last that a date can have. */
function secondText(ms: number): string {
  return Math.abs(ms) > DATE_MS_MAX ? `second ${ms / 1000}` : new Date(ms).toISOString().replace(".000", "");
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

function refused(detail: string, signature?: "good" | "wrong"): Problem {
  return new Problem("unauthorized", `The signature was refused: ${detail}.`, { ...(signature && { signature }) });
}
