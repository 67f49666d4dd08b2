// What ingest notes of the requests that it answers, for the operator: each refused one in brief, and how many there were of each
// client in a minute. Ingest has no database, so these notes travel through the queue's server to a worker, which keeps them.
import { z } from "zod";
import { showableLines } from "./showable.ts";
import { shortened } from "./words.ts";

const TEXT_CHARACTERS_MAX = 600;
/** Of a refused body so much is kept. */
const BODY_HEAD_BYTES_MAX = 2_000;
const BODY_HEAD_CHARACTERS_MAX = 4_000;

const text = z.string().max(TEXT_CHARACTERS_MAX);
const count = z.int().min(0);

const refusedRequest = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  /** The client's name; empty when the request was refused before the client was known. */
  client: text,
  /** Of a key that no client has: the beginning of its SHA-256, as `keys list` shows those that are known. */
  keyId: text.nullable(),
  /** The address that the connection came from: a proxy's where there is one. */
  address: text,
  /** "POST /v1/events"; of an address that is no call, "other". */
  call: text,
  status: z.int(),
  /** The kind of refusal: the end of the problem's `type`. */
  code: text,
  detail: text,
  /** Where the first fault is. */
  pointer: text.nullable(),
  eventId: text.nullable(),
  requestId: text,
  bodyHead: z.string().max(BODY_HEAD_CHARACTERS_MAX).nullable(),
  /** How many events or documents the body had, and in how many of them a fault was found; null where that is not known. */
  events: count.nullable().default(null),
  faulty: count.nullable().default(null),
  /** Of a client that signs: good (and so too old, or ahead) or wrong; null where none was looked at. */
  signature: z.enum(["good", "wrong"]).nullable().default(null),
});
/** As ingest notes it; one of an older version has less. */
export type RefusedRequest = z.input<typeof refusedRequest>;

/** What one process of ingest answered to one client in one minute. */
const clientMinute = z.object({
  client: text,
  minute: z.iso.datetime(),
  process: z.uuid(),
  accepted: count,
  /** Refused for what the client sent: statuses 400 to 499, but not 404 and 405, which no call answers. */
  refused: count,
  /** Refused for what is the matter here: statuses from 500 on. */
  unavailable: count,
  /** Of the refused ones, those that came too fast to be noted one by one. */
  leftOut: count,
  /** Of the refused ones: signatures that were good and too old or ahead, and those that are not made with the client's secret. */
  lateSignatures: count.default(0),
  badSignatures: count.default(0),
});
export type ClientMinute = z.input<typeof clientMinute>;

/** One note, as it travels. */
export const requestNote = z.union([z.object({ refused: refusedRequest }), z.object({ minute: clientMinute })]);
export type RequestNote = z.input<typeof requestNote>;

/** A text of a note: bounded, each character seen as itself. */
export function noteText(of: string): string {
  return shortened(showableLines(of.slice(0, TEXT_CHARACTERS_MAX)), TEXT_CHARACTERS_MAX - 1);
}

const HIDDEN = "***";
/** A field with a text or a number as its value, which may be cut off. Each part is bounded or ends at the first character that it cannot have. */
const FIELD = /"([^"\\]{1,64})"([ \t\r\n]{0,8}:[ \t\r\n]{0,8})(?:"(?:[^"\\]|\\[\s\S])*"?|-?\d[\d.eE+-]*)/g;
const SECRET = "pass|secret|token|credential|authorization|cookie|api_?key|card|cvv|iban";
const SECRET_NAME = new RegExp(SECRET, "i");
/** A list or an object under the name of a secret, up to its first end. */
const SECRET_BLOCK = new RegExp(
  `"([^"\\\\]{0,64}?(?:${SECRET})[^"\\\\]{0,64})"([ \\t\\r\\n]{0,8}:[ \\t\\r\\n]{0,8})(?:\\[[^\\]]*\\]?|\\{[^}]*\\}?)`,
  "gi",
);
/** Keys and signing secrets of ours, also of others and cut off. */
const OWN_SECRET = /(?:isk|whsec)_[\w+/=-]*/g;

/**
 * The head of a refused body as it is kept: no longer than that, without the key that came with it and without what stands under the
 * name of a secret.
 */
export function bodyHead(body: Uint8Array, key: string | undefined): string {
  const head = new TextDecoder().decode(body.subarray(0, BODY_HEAD_BYTES_MAX));
  const keyless = (key === undefined ? head : head.replaceAll(key, HIDDEN)).replace(OWN_SECRET, HIDDEN);
  const blockless = keyless.replace(SECRET_BLOCK, (_, name: string, colon: string) => `"${name}"${colon}"${HIDDEN}"`);
  const secretless = blockless.replace(FIELD, (whole, name: string, colon: string) =>
    SECRET_NAME.test(name) ? `"${name}"${colon}"${HIDDEN}"` : whole,
  );
  return shortened(showableLines(secretless), BODY_HEAD_CHARACTERS_MAX - 1);
}

const EVENT_ID = /"(?:eventId|sid)"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}"([^"\\]{1,128})"/;

/** The first event id in the head of a body. */
export function firstEventId(head: string): string | null {
  return EVENT_ID.exec(head)?.[1] ?? null;
}
