// Bull Board's writes, in front of it: the list of those that may pass, what each is called in the audit log, and retry-all, which
// goes through our paged retry instead of one request of half a minute. The list is a router with the options of Bull Board's own
// (letters' case and a slash at the end do not count), mounted where that is, so what is decided here and what is done there
// cannot be two readings of one address. Whatever is not listed is refused: adding, changing, moving and emptying jobs, limits,
// schedules. What was accepted and is not in the ledger can thus not be lost here (R11, R14).
import { type QueueName, queueNames } from "@inventory-sync/queue";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { beginRetry } from "./api/jobs-retry.ts";
import { askQueue } from "./ask-queue.ts";
import { auditedAs, sayOutcome } from "./audit.ts";
import type { Parts } from "./parts.ts";
import { isRead } from "./people/same-origin.ts";
import { Problem } from "./problem.ts";
import { retryOutcome } from "./retries.ts";

/** A write that may pass: what it does in words, and why this one may not, if so. */
interface Write {
  /** Below /api/queues, as Bull Board has it. */
  readonly path: string;
  readonly does: string;
  readonly refuse?: (
    parts: Parts,
    named: Named,
    response: Response,
  ) => string | undefined | Promise<string | undefined>;
  /** What is done in place of what Bull Board would do. */
  readonly instead?: (parts: Parts, queue: QueueName, response: Response) => Promise<void>;
}

/** What the path names. */
interface Named {
  readonly queue: string;
  readonly job: string;
  readonly list: string;
}

/** The states of which a job may be taken away: what is done, and of resets what failed, for the database knows those. */
const MAY_GO: Readonly<Record<QueueName, readonly string[]>> = {
  events: ["completed"],
  resets: ["completed", "failed"],
  "facility-resets": ["completed", "failed"],
};

const WRITES: readonly Write[] = [
  { path: "/pause", does: "pause" },
  { path: "/resume", does: "resume" },
  { path: "/:queue/pause", does: "pause" },
  { path: "/:queue/resume", does: "resume" },
  { path: "/:queue/retry/:list", does: "retry", refuse: (_, { list }) => whyNoRetry(list), instead: retryAll },
  { path: "/:queue/promote", does: "promote", refuse: (_, { queue }) => whyNotAllNow(queue) },
  { path: "/:queue/clean/:list", does: "clean", refuse: (_, { queue, list }) => whyKept(queue, list) },
  { path: "/:queue/:job/retry", does: "retry" },
  { path: "/:queue/:job/promote", does: "promote" },
  { path: "/:queue/:job/clean", does: "clean", refuse: whyJobKept },
];

/** Lets the listed writes of operators pass, noted in the audit log, and refuses all others. */
export function bullBoardWrites(parts: Parts): RequestHandler {
  const router = Router();
  router.use((request, _response, next) => next(isRead(request.method) ? "router" : undefined));
  for (const write of WRITES) {
    const noted = auditedAs(parts, (request) => actOf(write, namedBy(request)));
    router.put(`/api/queues${write.path}`, noted, async (request, response, next) => {
      const named = namedBy(request);
      const why = await write.refuse?.(parts, named, response);
      if (why !== undefined) throw new Problem("conflict", why);
      const known = queueNames.find((name) => name === named.queue);
      if (known !== undefined && write.instead) await write.instead(parts, known, response);
      else next("router");
    });
  }
  router.use((request) => {
    throw new Problem(
      "conflict",
      `${request.method} ${request.path} is not done here. Below /queues an operator may pause and resume, retry what failed, promote ` +
        "what waits, and clear what is done; nothing is added, changed or emptied, so that no accepted work is lost.",
    );
  });
  return router;
}

function namedBy({ params }: Request): Named {
  const text = (name: string) => (typeof params[name] === "string" ? params[name] : "");
  return { queue: text("queue"), job: text("job"), list: text("list") };
}

function actOf({ does }: Write, { queue, job, list }: Named) {
  const what = `Bull Board: ${list === "" ? does : `${does} ${list}`}`;
  if (queue === "") return { what, target: "all queues" };
  return { what, target: job === "" ? `queue ${queue}` : `queue ${queue}, job ${job}` };
}

function whyNoRetry(list: string): string | undefined {
  if (list === "failed") return undefined;
  return `Only failed jobs are run again: what is ${list} is done or comes by itself, so that would change nothing.`;
}

function whyNotAllNow(queue: string): string | undefined {
  if (queue === "events" || queue === "facility-resets") return undefined;
  const why = "Runs and resets that wait have a reason: their time, or a file that is still being written.";
  return `${why} They come by themselves; promote a single job if it has to be now.`;
}

function mayGo(queue: string, state: string): boolean {
  const known = queueNames.find((name) => name === queue);
  return known !== undefined && MAY_GO[known].includes(state);
}

function whyKept(queue: string, list: string): string | undefined {
  return mayGo(queue, list) ? undefined : losesWork(queue, list);
}

/** Why a failed job of events may go all the same: it carries nothing that could be applied, or what the ledger has otherwise. */
const MAY_GO_FAILED = /^(?:BAD_PAYLOAD|EVENT_ID_REUSED): /;

async function whyJobKept(
  { queues }: Parts,
  { queue, job: id }: Named,
  response: Response,
): Promise<string | undefined> {
  const bullQueue = queues.bullQueues().find(({ name }) => name === queue);
  const job = bullQueue && (await askQueue(queues, () => bullQueue.getJob(id)));
  // Bull Board says of what is not there that it is not there.
  if (!job) return undefined;
  const state = await askQueue(queues, () => job.getState());
  if (mayGo(queue, state)) return undefined;
  const events: unknown = job.data?.events;
  const isAlone = !Array.isArray(events) || events.length <= 1;
  if (queue !== "events" || state !== "failed" || !isAlone || !MAY_GO_FAILED.test(job.failedReason))
    return losesWork(queue, state);
  // What it carried is not in the ledger: the audit log has it from now on.
  sayOutcome(response, `removed (${job.failedReason}); it carried ${JSON.stringify(job.data)}`);
  return undefined;
}

function losesWork(queue: string, state: string): string {
  return (
    `What is ${state} in ${queue} was accepted and is not done: taken away here it would be lost. ` +
    "Pause the queue to stop it for a while; mend the cause and retry what failed."
  );
}

async function retryAll(parts: Parts, queue: QueueName, response: Response): Promise<void> {
  const counts = await askQueue(parts.queues, () => parts.queues.counts());
  const run = await beginRetry(parts, response, { filter: { queue }, target: `queue ${queue}` });
  sayOutcome(response, retryOutcome(run));
  response.json({ retried: run.retried, skipped: Math.max(0, counts[queue].failed - run.retried) });
}
