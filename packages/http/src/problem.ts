// A refusal on its way out of an HTTP server: application/problem+json (RFC 9457), saying what happened, to what, and what to do.
// Each server has its own table of kinds, with their titles and addresses.
import type { ServerResponse } from "node:http";
import { jsonPointer, type Path } from "@inventory-sync/runtime";

/** What is wrong at one place of a request: the place in its body, or the name of a query parameter or header. */
export interface Fault {
  /** Where in the body. An answer tells it as a JSON pointer. */
  readonly path?: Path;
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
  /** The line of an NDJSON body, from 1. */
  readonly line?: number;
}

/** Most faults that one answer lists: no client corrects more at a time. */
export const FAULTS_MAX = 100;

/** A kind of refusal; `type` is its address. */
export interface ProblemKind {
  readonly type: string;
  readonly status: number;
  readonly title: string;
}

/** What a refusal may have besides its message. */
export interface ProblemExtras {
  readonly faults?: readonly Fault[];
  /** When to come back, in seconds. */
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A refusal. The message is shown to people. */
export class HttpProblem extends Error {
  override readonly name = "Problem";
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, { faults = [], retryAfterS, headers, cause }: ProblemExtras = {}) {
    super(detail, { cause });
    this.type = kind.type;
    this.status = kind.status;
    this.title = kind.title;
    this.faults = faults;
    this.headers = { ...headers, ...(retryAfterS !== undefined && { "retry-after": String(retryAfterS) }) };
  }
}

/**
 * The JSON of a refusal, as text. @param requestId a member of its own, as RFC 9457 allows, and not `instance`: that names one occurrence,
 * and a client may send its id with each attempt
 */
export function problemText({ type, title, status, message, faults }: HttpProblem, requestId?: string): string {
  const errors = faults
    .slice(0, FAULTS_MAX)
    .map(({ path, ...rest }) => (path === undefined ? rest : { pointer: jsonPointer(path), ...rest }));
  const about = { type, title, status, detail: message, ...(requestId !== undefined && { requestId }) };
  return `${JSON.stringify({ ...about, ...(errors.length > 0 && { errors }) })}\n`;
}

/** Sends a refusal with its headers. */
export function sendProblem(
  response: ServerResponse,
  problem: HttpProblem,
  { contentType = "application/problem+json", requestId }: { contentType?: string; requestId?: string } = {},
): void {
  const headers = { ...problem.headers, "content-type": contentType, "cache-control": "no-store" };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = problem.status;
  response.end(problemText(problem, requestId));
}
