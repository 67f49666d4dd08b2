// Flow 1, step 2: a POST that was let in is read to its last byte, checked for its signature, and parsed. Everything that
// can be refused without knowing the call is refused here.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@inventory-sync/domain";
import type { Path } from "@inventory-sync/runtime";
import express, { type Request, type Response } from "express";
import type { Turn, Turns } from "./fair-share.ts";
import { readJson } from "./json.ts";
import { NotJson } from "./json-signs.ts";
import { BODY_BYTES_MAX, EVENTS_PER_REQUEST_MAX, type Exactness } from "./limits.ts";
import { invalidBody, Problem } from "./problem.ts";
import type { RateLimit } from "./rate-limit.ts";
import { verifySignature } from "./signing.ts";

/** One JSON value of a body: the whole of it, or one line of NDJSON. `at` is its place in the body. */
export type Part = { readonly value: unknown; readonly at: Path; readonly line?: number };

export type Received = Awaited<ReturnType<typeof receive>>;

export type Accepts = { readonly ndjson: boolean; readonly exactness: Exactness };

/** Reading a smaller body takes less than a turn, and it is read at once: a sale must not wait behind its own client's catch-up. */
const SMALL_BODY_BYTES_MAX = 16 * 1024;
/** So many lines of NDJSON, most of them blank then, are passed between two looks at the clock. */
const LINES_A_LOOK = 256;

const readRaw = express.raw({ type: () => true, limit: BODY_BYTES_MAX, inflate: false });

/**
 * Reads a POST of a client and parses its body.
 * @throws Problem 400, 401, 413, 415, 422 or 429.
 */
export async function receive(
  request: Request,
  response: Response,
  given: { client: Client; accepts: Accepts; rateLimit: RateLimit; turns: Turns },
) {
  const { client, accepts, rateLimit, turns } = given;
  const isNdjson = checkContentType(request, accepts);
  const receivedAt = new Date();
  const declaredBytes = Number(request.headers["content-length"] ?? 0);
  // The reader would throw the whole body away before it said so.
  if (declaredBytes > BODY_BYTES_MAX) throw tooLarge();
  const waitMs = rateLimit.takeBytes(client, declaredBytes);
  // What is not read stays with its sender: the connection takes no more than a few buffers of it.
  if (waitMs > 0) await sleep(waitMs);
  const body = await readBody(request, response);
  rateLimit.noteBytes(client, body.length - declaredBytes);

  const turn = turns.of(client.name);
  if (body.length > SMALL_BODY_BYTES_MAX) await turn.next();
  const signedId =
    client.signingSecret === undefined
      ? undefined
      : verifySignature({ secret: client.signingSecret, headers: request.headers, body, nowMs: receivedAt.getTime() });
  const text = decode(body);
  const parts = isNdjson
    ? await readLines(text, accepts.exactness, turn)
    : [await readPart(text, { exactness: accepts.exactness, turn, at: [] })];
  // For the operator, should it be refused from here on.
  response.locals.events = eventsIn(parts, isNdjson);
  return {
    ...{ client, receivedAt, isNdjson, turn },
    /** One for JSON; one for each line that is not blank for NDJSON. */
    parts,
    /** The `webhook-id` of a client that signs: the only header about the content that its signature covers. */
    signedId,
  };
}

function eventsIn(parts: readonly Part[], isNdjson: boolean): number {
  const value = parts[0]?.value;
  return !isNdjson && Array.isArray(value) ? value.length : parts.length;
}

/** Whether the body is NDJSON. @throws Problem 415 for any type that this call does not take, and for compressed bodies. */
function checkContentType(request: Request, { ndjson }: Accepts): boolean {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    throw new Problem(
      "unsupported-type",
      `Compressed bodies (Content-Encoding: ${encoding}) are not taken. Send the body as it is.`,
    );
  }
  const [type = "", ...parameters] = (request.headers["content-type"] ?? "").toLowerCase().split(";");
  const charsets = parameters.flatMap(charsetOf);
  if (charsets.some((name) => name !== "utf-8" && name !== "utf8")) {
    throw new Problem("unsupported-type", `The charset ${charsets.join(", ")} is not taken. JSON is sent as UTF-8.`);
  }
  if (type.trim() === "application/json") return false;
  if (ndjson && type.trim() === "application/x-ndjson") return true;
  const taken = ndjson ? "application/json or application/x-ndjson" : "application/json";
  const found = type.trim() === "" ? "The request has no Content-Type" : `The Content-Type ${type.trim()} is not taken`;
  throw new Problem("unsupported-type", `${found}. Send ${taken}.`);
}

/** The charset that a parameter of the content type names, with or without quotes; none for another parameter. */
function charsetOf(parameter: string): string[] {
  const [name = "", ...values] = parameter.split("=");
  return name.trim() === "charset" ? [values.join("=").trim().replaceAll('"', "")] : [];
}

async function readBody(request: Request, response: Response): Promise<Buffer> {
  if (request.headers.expect !== undefined) response.writeContinue();
  await new Promise<void>((resolve, reject) => {
    readRaw(request, response, (error?: unknown) =>
      error === undefined ? resolve() : reject(problemOfReading(error)),
    );
  });
  const body: unknown = request.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The body reader's own errors carry a status; anything else (a torn connection) is passed on as it is. */
function problemOfReading(error: unknown): unknown {
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
  if (status === 413) return tooLarge();
  if (status === 415)
    return new Problem("unsupported-type", "The body has an encoding that is not taken. Send it as it is.");
  if (status === 400)
    return new Problem("bad-request", "The body did not arrive whole. Send the request again.", { cause: error });
  return error;
}

function tooLarge(): Problem {
  const detail = `The body is larger than ${BODY_BYTES_MAX} bytes (1 MiB). Split it over several requests.`;
  return new Problem("too-large", detail);
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Problem("not-json", "The body is not UTF-8, as JSON must be.");
  }
}

/** Goes from line to line, without cutting up first what may be a million blank ones. */
async function readLines(text: string, exactness: Exactness, turn: Turn): Promise<Part[]> {
  const parts: Part[] = [];
  let start = 0;
  for (let line = 1; start <= text.length; line++) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const content = text.slice(start, end);
    start = end + 1;
    if (content.trim() !== "") {
      if (parts.length >= EVENTS_PER_REQUEST_MAX) throw tooManyLines();
      parts.push(await readPart(content, { exactness, turn, at: [parts.length], line }));
    }
    if (line % LINES_A_LOOK === 0 && turn.isOver()) await turn.next();
  }
  return parts;
}

function tooManyLines(): Problem {
  const detail = `has more than ${EVENTS_PER_REQUEST_MAX} lines that are not blank; split it over several requests`;
  return invalidBody([{ path: [], detail }]);
}

async function readPart(
  text: string,
  given: { exactness: Exactness; turn: Turn; at: Path; line?: number },
): Promise<Part> {
  const { exactness, turn, at } = given;
  const line = given.line !== undefined && { line: given.line };
  if (text.trim() === "") throw new Problem("not-json", "The body is empty. Send JSON.");
  try {
    const { value, faults } = await readJson(text, exactness, turn);
    if (faults.length === 0) return { value, at, ...line };
    throw invalidBody(faults.map((fault) => ({ ...fault, path: [...at, ...fault.path], ...line })));
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    const inLine = given.line === undefined ? "" : ` Line ${given.line} of the body:`;
    throw new Problem("not-json", `The body is not JSON.${inLine} ${error.message}.`);
  }
}
