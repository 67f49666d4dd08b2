// Every refusal of ingest: its kinds, and the one that is made most.
import { FAULTS_MAX, type Fault, HttpProblem, type ProblemExtras } from "@inventory-sync/http";

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
  "queue-unavailable": { status: 503, title: "The queue cannot take events now; send them again" },
} as const;

export type ProblemKind = keyof typeof problemKinds;

/** A refusal on its way to the client. The message says what happened, to what, and what to do. */
export class Problem extends HttpProblem {
  /** Of a refused signature: whether it was made with the client's secret. For the operator; the answer has it in words. */
  readonly signature: "good" | "wrong" | undefined;

  constructor(kind: ProblemKind, detail: string, extras?: ProblemExtras & { readonly signature?: "good" | "wrong" }) {
    super({ type: `/docs#${kind}`, ...problemKinds[kind] }, detail, extras);
    this.signature = extras?.signature;
  }
}

/** The refusal of a body with faults: up to 100 are named, and nothing of the body is taken. */
export function invalidBody(faults: readonly Fault[]): Problem {
  const few = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const count = faults.length < FAULTS_MAX ? few : `${FAULTS_MAX} faults or more, of which ${FAULTS_MAX} are listed`;
  return new Problem("invalid", `The body has ${count}. Correct them and send the whole request again.`, { faults });
}
