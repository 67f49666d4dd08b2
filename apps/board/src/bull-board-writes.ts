// Bull Board's writes, in front of it: what each is called in the audit log, those that would lose accepted work, and
// retry-all, which goes through our paged retry instead of one request of half a minute.
import { type QueueName, queueNames } from "@inventory-sync/queue";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { beginRetry } from "./api/jobs-retry.ts";
import { askQueue } from "./ask-queue.ts";
import type { Act } from "./audit.ts";
import { sayOutcome } from "./audit.ts";
import type { Parts } from "./parts.ts";
import { Problem } from "./problem.ts";
import { retryOutcome } from "./retries.ts";

/** Second words of a path that name something of a whole queue, and no job. */
const OF_A_QUEUE: ReadonlySet<string> = new Set(["retry", "clean", "rate-limit", "job-schedulers"]);

/** Lists whose jobs are still to be done: emptying one would drop what was accepted (R11, R14). */
const STILL_TO_DO: ReadonlySet<string> = new Set(["wait", "waiting", "active", "delayed", "prioritized", "paused"]);

/** What a write at /queues does, in words. */
export function bullBoardAct(request: Request): Act {
  const [queue, second, ...rest] = wordsOf(request);
  if (queue === undefined || second === undefined) return { what: `Bull Board: ${queue ?? "?"}`, target: "all queues" };
  if (rest.length === 0 || OF_A_QUEUE.has(second))
    return { what: `Bull Board: ${[second, ...rest].join(" ")}`, target: `queue ${queue}` };
  return { what: `Bull Board: ${rest.join(" ")}`, target: `queue ${queue}, job ${second}` };
}

/** Carries out retry-all, and refuses what would lose accepted work; the rest is Bull Board's. */
export function guardBullBoard(parts: Parts): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    const [queue, second, third] = wordsOf(request);
    if (request.method !== "PUT" || second === undefined) {
      next();
      return;
    }
    if (third === undefined && (second === "empty" || second === "obliterate")) throw losesWork();
    if (second === "clean" && STILL_TO_DO.has(third ?? "")) throw losesWork();
    if (second === "promote" && third === undefined && queue === "resets") {
      const why = "Runs and resets that wait have a reason: their time, or a file that is still being written.";
      throw new Problem("conflict", `${why} They come by themselves; promote a single job if it has to be now.`);
    }
    if (second === "retry" && third === "completed") {
      throw new Problem("conflict", "Completed jobs are done: running them all again would change nothing.");
    }
    const name = queueNames.find((known) => known === queue);
    if (name === undefined || second !== "retry" || third !== "failed") {
      next();
      return;
    }
    await retryAll(parts, name, response);
  };
}

async function retryAll(parts: Parts, queue: QueueName, response: Response): Promise<void> {
  const counts = await askQueue(parts.queues, () => parts.queues.counts());
  const run = await beginRetry(parts, response, { filter: { queue }, target: `queue ${queue}` });
  sayOutcome(response, retryOutcome(run));
  response.json({ retried: run.retried, skipped: Math.max(0, counts[queue].failed - run.retried) });
}

function losesWork(): Problem {
  return new Problem(
    "conflict",
    "This would drop work that was accepted and is still to be done. Pause the queue instead, or remove single jobs.",
  );
}

/** The path behind /queues/api/queues, in its parts. */
function wordsOf(request: Request): string[] {
  const path = request.originalUrl.split("?")[0] ?? "";
  const words = path.split("/").filter((word) => word !== "");
  return words.slice(3).map((word) => {
    try {
      return decodeURIComponent(word);
    } catch {
      return word;
    }
  });
}
