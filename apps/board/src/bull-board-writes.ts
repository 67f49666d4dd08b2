// Bull Board's writes, in front of it: the list of those that may pass, what each is called in the audit log, and retries, which
// go through our own: paged, followed, and on record. The list is a router with the options of Bull Board's own
// (letters' case and a slash at the end do not count), mounted where that is, so what is decided here and what is done there
// cannot be two readings of one address. Whatever is not listed is refused: adding, changing, moving and emptying jobs, limits,
// schedules. What was accepted and is not in the ledger can thus not be lost here (R11, R14).
import { partOf } from "@inventory-sync/queue";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { beginRetry } from "./api/jobs.ts";
import { auditedAs } from "./audit.ts";
import type { Parts } from "./parts.ts";
import { isRead } from "./people/identity.ts";
import { askQueue, Problem } from "./problem.ts";

/** A write that may pass: what it does in words, and why this one may not, if so. */
interface Write {
  /** Below /api/queues, as Bull Board has it. */
  readonly path: string;
  readonly does: string;
  readonly refuse?: (parts: Parts, named: Named) => string | undefined | Promise<string | undefined>;
  /** What is done in place of what Bull Board would do. */
  readonly instead?: (parts: Parts, named: Named, response: Response) => Promise<void>;
}

interface Named {
  readonly queue: string;
  readonly job: string;
  readonly list: string;
}

/** A queue of ours, or one shard of the queue of events, which Bull Board lists by itself. */
function partNamed({ queue: name }: Named) {
  const { queue, shard } = partOf(name);
  return queue === "events" ? { queue, shard } : { queue };
}

/** What may be taken away here: what is done. Failed jobs are dismissed on the board's own page, which keeps what they carry. */
const MAY_GO = "completed";

const ONLY_FAILED =
  "Only failed jobs are run again: what has not failed is done or comes by itself, so that would change nothing.";

const WRITES: readonly Write[] = [
  { path: "/pause", does: "pause" },
  { path: "/resume", does: "resume" },
  { path: "/:queue/pause", does: "pause" },
  { path: "/:queue/resume", does: "resume" },
  {
    path: "/:queue/retry/:list",
    does: "retry",
    refuse: (_, { list }) => (list === "failed" ? undefined : ONLY_FAILED),
    instead: retryAll,
  },
  { path: "/:queue/promote", does: "promote", refuse: (_, { queue }) => whyNotAllNow(queue) },
  { path: "/:queue/clean/:list", does: "clean", refuse: (_, { queue, list }) => whyKept(queue, list) },
  { path: "/:queue/:job/retry", does: "retry", instead: retryOne },
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
      const why = await write.refuse?.(parts, named);
      if (why !== undefined) throw new Problem("conflict", why);
      const isKnown = parts.queues.bullQueues().some(({ name }) => name === named.queue);
      if (isKnown && write.instead) await write.instead(parts, named, response);
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

function whyNotAllNow(name: string): string | undefined {
  const { queue } = partOf(name);
  if (queue === "events" || queue === "facility-resets") return undefined;
  const why = "Runs and resets that wait have a reason: their time, or a file that is still being written.";
  return `${why} They come by themselves; promote a single job if it has to be now.`;
}

async function whyJobKept({ queues }: Parts, { queue, job: id }: Named): Promise<string | undefined> {
  const bullQueue = queues.bullQueues().find(({ name }) => name === queue);
  const job = bullQueue && (await askQueue(queues, () => bullQueue.getJob(id)));
  // Bull Board says of what is not there that it is not there.
  return job && whyKept(queue, await askQueue(queues, () => job.getState()));
}

function whyKept(queue: string, state: string): string | undefined {
  if (state === MAY_GO) return undefined;
  const why = `What is ${state} in ${queue} was accepted and is not done: taken away here it would be lost.`;
  return state === "failed"
    ? `${why} Fix the cause and retry it; or dismiss it under Failed jobs, where what it carries is kept.`
    : `${why} Pause the queue to stop it for a while.`;
}

async function retryAll(parts: Parts, named: Named, response: Response): Promise<void> {
  const part = partNamed(named);
  const { total } = await askQueue(parts.queues, () => parts.queues.failedMark(part));
  const { retried } = await beginRetry(parts, response, part);
  response.json({ retried, skipped: Math.max(0, total - retried) });
}

async function retryOne(parts: Parts, named: Named, response: Response): Promise<void> {
  const { retried } = await beginRetry(parts, response, { ...partNamed(named), ids: [named.job] });
  if (retried === 0) throw new Problem("conflict", ONLY_FAILED);
  response.status(204).end();
}
