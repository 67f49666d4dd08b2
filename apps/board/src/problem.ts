// Every refusal of the board: application/problem+json (RFC 9457) that says what happened, to what, and what to do.
import type { Response } from "express";

/** The kinds of refusal: HTTP status and title. */
export const problemKinds = {
  "bad-request": { status: 400, title: "The request cannot be read" },
  unauthorized: { status: 401, title: "Nobody is signed in" },
  forbidden: { status: 403, title: "This is not allowed" },
  "not-found": { status: 404, title: "There is nothing of that name" },
  conflict: { status: 409, title: "This is not possible as things stand" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-type": { status: 415, title: "The body must be JSON" },
  invalid: { status: 422, title: "The body has faults; nothing was done" },
  "too-many-requests": { status: 429, title: "Too many attempts" },
  "not-implemented": { status: 501, title: "The request uses a way of sending that is not known here" },
  internal: { status: 500, title: "Something went wrong here" },
  unavailable: { status: 503, title: "Something this needs cannot be reached" },
} as const;

/** One of the kinds of refusal. */
export type ProblemKind = keyof typeof problemKinds;

/** What is wrong at one place of a request: a JSON pointer into the body, or the name of a parameter. */
export interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

interface Extras {
  readonly errors?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A refusal on its way to whoever asked. The message is shown to people. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly kind: ProblemKind;
  readonly errors: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, extras: Extras = {}) {
    super(detail, { cause: extras.cause });
    this.kind = kind;
    this.errors = extras.errors ?? [];
    this.headers = extras.headers ?? {};
  }
}

/** The JSON of a refusal. */
function problemBody(problem: Problem) {
  const { status, title } = problemKinds[problem.kind];
  const type = `urn:inventory-sync:problem:${problem.kind}`;
  return { type, title, status, detail: problem.message, ...(problem.errors.length > 0 && { errors: problem.errors }) };
}

/** Sends a refusal as problem+json. */
export function sendProblem(response: Response, problem: Problem): void {
  response.status(problemKinds[problem.kind].status).set(problem.headers);
  response.set({ "content-type": "application/problem+json; charset=utf-8", "cache-control": "no-store" });
  response.end(`${JSON.stringify(problemBody(problem))}\n`);
}
