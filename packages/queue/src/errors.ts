// What can go wrong on the way to the queue's server, and how a failed job tells it: its reason begins with a code
// ("UNKNOWN_PRODUCT: …", "ECONNREFUSED: …"), so that causes can be counted by the part before the first colon.
import { isOutage } from "@inventory-sync/runtime/unreachable";

/**
 * The queue did not take everything in time; ingest answers 503 with Retry-After. Some of it may be queued: job ids are made
 * from content, so sending the whole request again queues each event once.
 */
export class QueueUnavailable extends Error {
  override readonly name = "QueueUnavailable";
  readonly retryAfterS: number;
  /** What of it is queued: nothing, some of it, or what the server took that never answered. */
  readonly queued: "nothing" | "some" | "unknown";

  constructor(
    message: string,
    retryAfterS: number,
    { queued = "nothing", ...options }: ErrorOptions & { readonly queued?: QueueUnavailable["queued"] } = {},
  ) {
    super(message, options);
    this.retryAfterS = retryAfterS;
    this.queued = queued;
  }
}

/** A server has the write, and not so many of its replicas as it should be on. */
export class TooFewReplicas extends Error {
  override readonly name = "TooFewReplicas";
}

/** What ioredis says of a command that it has not sent. */
const notSentWords = "Stream isn't writeable";

/** Errors of ioredis that have no code. */
const unreachableWords = [
  "Connection is closed",
  notSentWords,
  "Socket timeout",
  "max retries per request",
  "ClusterAllFailed",
  "Cluster isn't ready",
  "None of startup nodes",
  "Too many Cluster redirections",
  "All sentinels are unreachable",
];

/** What a server of Redis answers to everything for a while: it loads, is full, has lost its replicas, its disk or the rest of its cluster, or is no master. */
const unwillingWords = /^(?:CLUSTERDOWN|TRYAGAIN|MOVED|LOADING|OOM|NOREPLICAS|READONLY|MASTERDOWN|MISCONF)\b/;

/**
 * Says whether an error means that the server takes nothing now, whatever it is sent: because it cannot be reached, or because it is not
 * willing for a while. The others are about what was sent.
 */
export function isUnreachable(error: unknown): boolean {
  if (isOutage(error) || isUnwilling(error)) return true;
  if (!(error instanceof Error)) return false;
  const text = `${error.name} ${error.message}`;
  return unreachableWords.some((words) => text.includes(words));
}

/** Says whether a command never went to the server. */
export function isNotSent(error: unknown): boolean {
  return error instanceof Error && error.message.includes(notSentWords);
}

/** Says whether the server is there and takes nothing for a while. That is not known as an outage, so nothing else tells of it. */
export function isUnwilling(error: unknown): boolean {
  return error instanceof Error && unwillingWords.test(error.message);
}

/** Text of an error; an AggregateError (one per address tried) has none of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

const coded = /^[A-Z][A-Z0-9_]*(?=: )/;

/** The code before the first colon of a failure, if it has one. */
export function codeBefore(reason: string): string | undefined {
  return coded.exec(reason)?.[0];
}

/** The code of an error: its own (ECONNREFUSED, an SQLSTATE), else its class name in capitals, else FAILED. */
export function codeOf(error: unknown): string {
  const told = codeBefore(messageOf(error));
  if (told !== undefined) return told;
  if (!(error instanceof Error)) return "FAILED";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^[A-Z0-9_]+$/.test(code)) return /^\d/.test(code) ? `SQL_${code}` : code;
  return error.name === "Error" ? "FAILED" : error.name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

/** The same error with its code in front of its message; keeps the stack, which only operators see. */
export function withCode(error: unknown): Error {
  const text = messageOf(error) || "no message";
  const failure = new Error(codeBefore(text) === undefined ? `${codeOf(error)}: ${text}` : text, { cause: error });
  if (error instanceof Error && error.stack !== undefined) failure.stack = error.stack;
  return failure;
}
