// Every refusal of the board: its kinds, and which one an error comes to that a handler threw. What a client can do nothing about
// is logged with its stack and answered without it.
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, isOutage, isTransient } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { HttpProblem, type ProblemExtras } from "@inventory-sync/http";
import { Archived, NotFiring, NotFound, Refusal } from "@inventory-sync/operator";
import { isUnreachable, type Queues, QueueUnavailable } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { SftpFailure } from "@inventory-sync/sftp";

const problemKinds = {
  "bad-request": { status: 400, title: "The request cannot be read" },
  unauthorized: { status: 401, title: "Nobody is signed in" },
  forbidden: { status: 403, title: "This is not allowed" },
  archived: { status: 410, title: "It is in the archive" },
  "not-found": { status: 404, title: "There is nothing of that name" },
  "no-page": { status: 404, title: "Page not found" },
  conflict: { status: 409, title: "This is not possible as things stand" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-type": { status: 415, title: "The body must be JSON" },
  invalid: { status: 422, title: "The body has faults; nothing was done" },
  "too-many-requests": { status: 429, title: "Too many attempts" },
  "not-implemented": { status: 501, title: "The request uses a way of sending that is not known here" },
  internal: { status: 500, title: "Something went wrong here" },
  unavailable: { status: 503, title: "Something this needs cannot be reached" },
} as const;

/** A server that the board needs. */
export type Away = "database" | "queue";

/** How its absence reads, and where the runbook says what to do. */
export const awayWords: Readonly<
  Record<Away, { readonly brief: string; readonly title: string; readonly runbook: string }>
> = {
  database: {
    brief: "Database not reachable",
    title: "The database is not reachable",
    runbook: "/runbook#the-database-is-down",
  },
  queue: {
    brief: "Queue not reachable",
    title: "The queue is not reachable",
    runbook: "/runbook#the-queue-is-down",
  },
};

interface Extras extends ProblemExtras {
  /** The server whose absence is the cause: a page then waits for it. */
  readonly away?: Away;
}

/** A refusal on its way to the caller. The message says what happened, to what, and what to do. */
export class Problem extends HttpProblem {
  readonly away: Away | undefined;

  constructor(kind: keyof typeof problemKinds, detail: string, { away, ...extras }: Extras = {}) {
    super({ type: `urn:inventory-sync:problem:${kind}`, ...problemKinds[kind] }, detail, extras);
    this.away = away;
  }
}

const RETRY_AFTER_S = 5;

/** The refusal because of a server that does not answer. */
export function unavailable(detail: string, extras?: Extras): Problem {
  return new Problem("unavailable", detail, { retryAfterS: RETRY_AFTER_S, ...extras });
}

function awayProblem(away: Away): Problem {
  const { title, runbook } = awayWords[away];
  return unavailable(`${title}. Try again in a moment; the runbook says what to do: ${runbook}`, { away });
}

/** Refuses while the queue is away. @throws Problem 503 */
export function demandQueue(queues: Pick<Queues, "isConnected">): void {
  if (!queues.isConnected()) throw awayProblem("queue");
}

/** Refuses when an error of the queue means that it could not be reached. @throws Problem 503 */
export function demandReachable(error: unknown): void {
  if (isUnreachable(error)) throw awayProblem("queue");
}

/** How long an answer of the queue is waited for before its server is asked whether it is there at all. */
const LOOK_MS = 3_000;

/** Waits for what was read of the queue, however long it takes, as long as its servers answer anything. @throws Problem 503 */
export async function whileAnswering<T>(queues: Pick<Queues, "ping">, asked: Promise<T>): Promise<T> {
  const ends = asked.then(
    () => "ended" as const,
    () => "ended" as const,
  );
  for (;;) {
    if ((await Promise.race([ends, sleep(LOOK_MS, undefined, { ref: false })])) === "ended") return asked;
    if ((await Promise.race([ends, demandAnswer(queues)])) === "ended") return asked;
  }
}

/** Refuses while a server of the queue says nothing. @throws Problem 503 */
export async function demandAnswer(queues: Pick<Queues, "ping">): Promise<void> {
  const seen = await queues.ping();
  if ([seen, ...(seen.shards ?? [])].some(({ durability }) => durability === "unreachable")) throw awayProblem("queue");
}

/** Reads of the queue, or refuses at once while it cannot be reached, and soon when it is silent. @throws Problem 503 */
export function askQueue<T>(queues: Queues, ask: () => Promise<T>): Promise<T> {
  return orAway(queues, () => whileAnswering(queues, ask()));
}

/**
 * Changes something in the queue, or refuses before it where that is away or silent. Once begun it is waited for: what is answered, and noted
 * in the audit log, is what happened. @throws Problem 503
 */
export function tellQueue<T>(queues: Queues, tell: () => Promise<T>): Promise<T> {
  return orAway(queues, async () => {
    await demandAnswer(queues);
    return tell();
  });
}

async function orAway<T>(queues: Queues, work: () => Promise<T>): Promise<T> {
  demandQueue(queues);
  try {
    return await work();
  } catch (error) {
    demandQueue(queues);
    demandReachable(error);
    throw error;
  }
}

/** The refusal that an error comes to. @param database of whose outage the log was told, where there is one */
export function problemOf(
  error: unknown,
  { log, database }: { log: Logger; database: Pick<Database, "isAway"> },
): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NotFound) return new Problem("not-found", error.message);
  if (error instanceof Archived) return new Problem("archived", error.message);
  if (error instanceof NotFiring) return new Problem(error.why === "unknown" ? "not-found" : "conflict", error.message);
  if (error instanceof Refusal)
    return error.isBusy ? unavailable(error.message, { cause: error }) : new Problem("conflict", error.message);
  if (error instanceof QueueUnavailable) {
    const { message, retryAfterS } = error;
    return unavailable(`The queue cannot take this now: ${message}.`, { retryAfterS });
  }
  if (error instanceof SftpFailure) return unavailable(error.message);
  const unreadable = unreadableRequest(error);
  if (unreadable) return unreadable;
  if (isOutage(error)) {
    const reason = messageOf(error);
    log[database.isAway() ? "debug" : "warn"]({ reason }, "a request failed: the database is not reachable");
    return awayProblem("database");
  }
  log.error({ err: error }, "a request failed");
  if (isTransient(error)) return awayProblem("database");
  return new Problem(
    "internal",
    "The board could not do this. Its log has the reason, under the time of this request.",
  );
}

/** What Express and its body parsers throw: they carry the status of a refusal. */
function unreadableRequest(error: unknown): Problem | undefined {
  const { status, type, message = "" } = error as { status?: number; type?: string; message?: string };
  if (error instanceof URIError || message.startsWith("Failed to decode param")) {
    return new Problem(
      "bad-request",
      "The address holds a percent sign that encodes nothing; write a percent sign as %25.",
    );
  }
  if (type === "entity.parse.failed") return new Problem("bad-request", "The body is not JSON.");
  if (type === "entity.too.large")
    return new Problem("too-large", "The body is larger than anything this address takes.");
  if (status === 415) return new Problem("unsupported-type", "Send JSON in UTF-8, not compressed.");
  if (status !== undefined && status >= 400 && status < 500)
    return new Problem("bad-request", "The request cannot be read.");
  return undefined;
}
