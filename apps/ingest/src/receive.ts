// Flow 1, step 2: a POST that was let in is read to its last byte, checked for its signature, and parsed. Everything that
// can be refused without knowing the call is refused here.
import type { Client } from "@inventory-sync/domain";
import express, { type Request, type Response } from "express";
import { type Exactness, NotJson, parseJson } from "./json.ts";
import { BODY_BYTES_MAX } from "./limits.ts";
import { type Fault, invalidBody, Problem } from "./problem.ts";
import { verifySignature } from "./signing.ts";

/** One JSON value of a body: the whole of it, or one line of NDJSON. `at` is where it stands in the body. */
export type Part = { readonly value: unknown; readonly at: Fault["path"]; readonly line?: number };

/** A POST that was let in. */
export type Received = {
  readonly client: Client;
  readonly receivedAt: Date;
  /** One for JSON; one for each line that is not blank for NDJSON. */
  readonly parts: readonly Part[];
  readonly isNdjson: boolean;
  /** The `webhook-id` of a client that signs. What such a client sends outside its signature decides nothing. */
  readonly signedId?: string | undefined;
};

/** What a call takes. */
export type Accepts = { readonly ndjson: boolean; readonly exactness: Exactness };

const readRaw = express.raw({ type: () => true, limit: BODY_BYTES_MAX, inflate: false });

/**
 * Reads a POST of a client and parses its body.
 * @throws Problem 400, 401, 413, 415 or 422.
 */
export async function receive(
  request: Request,
  response: Response,
  given: { client: Client; accepts: Accepts },
): Promise<Received> {
  const { client } = given;
  const isNdjson = checkContentType(request, given.accepts);
  const receivedAt = new Date();
  const body = await readBody(request, response);
  const secret = client.signingSecret;
  const signed = { headers: request.headers, body, nowMs: receivedAt.getTime() };
  const signedId = secret === undefined ? undefined : verifySignature({ secret, ...signed });
  const text = decode(body);
  const parts = isNdjson ? parseLines(text, given.accepts.exactness) : [parsePart(text, given.accepts.exactness)];
  return { client, receivedAt, parts, isNdjson, signedId };
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
  const charset = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/;
  const charsets = parameters.flatMap((parameter) => charset.exec(parameter)?.[1] ?? []);
  if (charsets.some((name) => name !== "utf-8" && name !== "utf8")) {
    throw new Problem("unsupported-type", `The charset ${charsets.join(", ")} is not taken. JSON is sent as UTF-8.`);
  }
  if (type.trim() === "application/json") return false;
  if (ndjson && type.trim() === "application/x-ndjson") return true;
  const taken = ndjson ? "application/json or application/x-ndjson" : "application/json";
  const found = type.trim() === "" ? "The request has no Content-Type" : `The Content-Type ${type.trim()} is not taken`;
  throw new Problem("unsupported-type", `${found}. Send ${taken}.`);
}

async function readBody(request: Request, response: Response): Promise<Buffer> {
  // The reader below would throw the whole body away before it said so.
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) throw tooLarge();
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

function parseLines(text: string, exactness: Exactness): Part[] {
  const parts: Part[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") parts.push(parsePart(line, exactness, { at: [parts.length], line: index + 1 }));
  }
  return parts;
}

function parsePart(text: string, exactness: Exactness, place: { at: Fault["path"]; line?: number } = { at: [] }): Part {
  if (text.trim() === "") throw new Problem("not-json", "The body is empty. Send JSON.");
  const inLine = place.line === undefined ? "" : ` Line ${place.line} of the body:`;
  try {
    const { value, faults } = parseJson(text, exactness);
    if (faults.length === 0) return { value, ...place };
    const line = place.line !== undefined && { line: place.line };
    throw invalidBody(faults.map((fault) => ({ ...fault, path: [...place.at, ...fault.path], ...line })));
  } catch (error) {
    if (error instanceof NotJson) throw new Problem("not-json", `The body is not JSON.${inLine} ${error.message}.`);
    throw error;
  }
}
