// Every refusal of ingest: application/problem+json (RFC 9457), saying what is wrong, with what, and what to do.
import type { Response } from "express";

/** What is wrong at one place of a body: read from it by json.ts, the schemas and the mappings. */
export type Fault = {
  /** Where, from the top of the body. */
  readonly path: readonly (string | number)[];
  readonly detail: string;
  /** The line of an NDJSON body, from 1. */
  readonly line?: number;
  /** The request header meant, when it is not the body. */
  readonly header?: string;
};

/** The kinds of refusal: HTTP status and title. The page at /docs has an anchor for each, to which `type` points. */
export const problemKinds = {
  "not-json": { status: 400, title: "The body is not JSON" },
  "bad-request": { status: 400, title: "The request cannot be read" },
  unauthorized: { status: 401, title: "The client is not known or the signature is wrong" },
  forbidden: { status: 403, title: "The client may not send this" },
  "not-found": { status: 404, title: "There is nothing at this address" },
  "method-not-allowed": { status: 405, title: "The address does not take this method" },
  timeout: { status: 408, title: "The request took too long to arrive" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-type": { status: 415, title: "The body has a type or encoding that is not taken" },
  expectation: { status: 417, title: "The request expects something that is not done here" },
  invalid: { status: 422, title: "The body has faults; nothing of it was accepted" },
  "too-many-requests": { status: 429, title: "The client sends too many requests" },
  "headers-too-large": { status: 431, title: "The headers are too large" },
  internal: { status: 500, title: "Something went wrong here" },
  "not-implemented": { status: 501, title: "The request uses a way of sending that is not known here" },
  busy: { status: 503, title: "Too many requests are being worked on" },
  "queue-unavailable": { status: 503, title: "The queue cannot take events now; nothing was accepted" },
} as const;

/** One of the kinds of refusal. */
export type ProblemKind = keyof typeof problemKinds;

/** What one fault looks like in an answer. */
export type ProblemError = { pointer: string; detail: string; line?: number; header?: string };

/** Most faults that one answer lists. Looking for them ends there: nobody mends more at a time. */
export const FAULTS_MAX = 100;

type Extras = {
  readonly faults?: readonly Fault[];
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/** A refusal on its way to the client. The message is shown to people: what happened, to what, and what to do. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly kind: ProblemKind;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, extras: Extras = {}) {
    super(detail, { cause: extras.cause });
    this.kind = kind;
    this.faults = extras.faults ?? [];
    const { retryAfterS } = extras;
    this.headers = { ...extras.headers, ...(retryAfterS !== undefined && { "retry-after": String(retryAfterS) }) };
  }
}

/** The refusal of a body with faults: up to 100 are named, and nothing of the body is taken. */
export function invalidBody(faults: readonly Fault[]): Problem {
  const few = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const count = faults.length < FAULTS_MAX ? few : `${FAULTS_MAX} faults or more, of which ${FAULTS_MAX} are listed`;
  return new Problem("invalid", `The body has ${count}. Mend them and send the whole request again.`, {
    faults,
  });
}

/** The JSON of a refusal. */
export function problemBody(problem: Problem) {
  const { status, title } = problemKinds[problem.kind];
  const errors = problem.faults.slice(0, FAULTS_MAX).map(problemError);
  const type = `/docs#${problem.kind}`;
  return { type, title, status, detail: problem.message, ...(errors.length > 0 && { errors }) };
}

function problemError({ path, ...rest }: Fault): ProblemError {
  return { pointer: jsonPointer(path), ...rest };
}

/** A path as a JSON pointer (RFC 6901): "" is the whole body, "/3/lines/0/quantity" a field of the fourth event. */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Sends a refusal. */
export function sendProblem(response: Response, problem: Problem): void {
  response.status(problemKinds[problem.kind].status).set(problem.headers);
  response.set({ "content-type": "application/problem+json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(problemBody(problem))}\n`);
}
