// Bull Board at /queues. It knows nothing of people, so there are two of it: one that can act, for operators, and one that
// refuses every write, for viewers. Which one answers is decided here, in front of both.
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { partOf, type Queues } from "@inventory-sync/queue";
import { maskUrlsIn } from "@inventory-sync/runtime";
import type { Express, NextFunction, Request, RequestHandler, Response } from "express";
import type { Parts } from "./parts.ts";
import { identityOf, isRead } from "./people/identity.ts";
import { demandAnswer, demandQueue, demandReachable, Problem, whileAnswering } from "./problem.ts";
import { withQueuesBar } from "./ui/frame.ts";
import { pageContext } from "./ui/page-context.ts";

/** Every open tab asks for all counts this often. */
const POLL_INTERVAL_S = 10;
const JOBS_PER_PAGE_MAX = 500;
const BASE_PATH = "/queues";

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  events: "sales, returns, adjustments and shipments on their way into the ledger",
  resets: "snapshot files: the scheduled look at the inbox, and one job for each file",
  "facility-resets": "one facility's part of a reset, under that facility's lock",
  channels: "what the shops are told: one job for each channel that has something to tell",
};

/** Bull Board for those who are signed in; to be mounted at /queues behind the sign-in and the guard of writes. */
export function bullBoard(parts: Parts): RequestHandler {
  const boards = { operator: createBoard(parts.queues, false), viewer: createBoard(parts.queues, true) };
  const shown = new Set(parts.queues.bullQueues());
  /** Shards of the queue of events may have been begun since the board was. */
  const showNew = async () => {
    await parts.queues.lookForShards();
    for (const queue of parts.queues.bullQueues()) {
      if (shown.has(queue)) continue;
      shown.add(queue);
      for (const { add } of Object.values(boards)) add(queue);
    }
  };
  return async (request: Request, response: Response, next: NextFunction) => {
    response.set("cache-control", "no-store");
    refuseLargePages(request);
    // What it would show itself is an error of the queue's client.
    demandQueue(parts.queues);
    if (!isRead(request.method)) await demandAnswer(parts.queues);
    await showNew();
    // Whatever is neither its data nor its files is answered with its page.
    if (request.method === "GET" && !/^\/queues\/(?:api|static)\//.test(request.originalUrl))
      await framed(parts, response);
    // Who has gone meanwhile gets no answer, and no sign of it comes any more.
    if (response.closed) return;
    const answered = new Promise((resolve) => response.once("close", resolve));
    boards[identityOf(response).role].handle(request, response, next);
    if (isRead(request.method)) await whileAnswering(parts.queues, answered);
  };
}

/** Its own page asks for 50 at most; it would read as many as anybody names, in one piece. */
function refuseLargePages({ query }: Request): void {
  const { jobsPerPage = "10" } = query;
  if (typeof jobsPerPage === "string" && /^\d{1,3}$/.test(jobsPerPage) && Number(jobsPerPage) <= JOBS_PER_PAGE_MAX)
    return;
  throw new Problem("bad-request", `"jobsPerPage" must be a whole number up to ${JOBS_PER_PAGE_MAX}.`);
}

/** Its page gets the board's header. */
async function framed(parts: Parts, response: Response): Promise<void> {
  const context = await pageContext(parts, response);
  const send = response.send.bind(response);
  response.send = (body: unknown) => send(typeof body === "string" ? withQueuesBar(body, context) : body);
}

/** Refuses writes of viewers. */
export function onlyOperatorsWrite(request: Request, response: Response, next: NextFunction): void {
  const { role, name } = identityOf(response);
  if (role !== "operator" && !isRead(request.method)) {
    throw new Problem("forbidden", `${name} may look at the queues, not act on them. Ask an operator.`);
  }
  next();
}

type BullQueue = ReturnType<Queues["bullQueues"]>[number];

function adapterOf(queue: BullQueue, readOnlyMode: boolean): BullMQAdapter {
  const { queue: ours, shard } = partOf(queue.name);
  const description = `${DESCRIPTIONS[ours] ?? ""}${shard > 0 ? `: shard ${shard} of the queue of events` : ""}`;
  const adapter = new BullMQAdapter(queue, { readOnlyMode, description });
  adapter.setFormatter("name", shownName);
  adapter.setFormatter("data", shownPayload);
  adapter.setFormatter("returnValue", shownPayload);
  return adapter;
}

/** Bull Board on Express, which leaves to the board what came of a queue that could not be reached: it would answer 500. */
class Adapter extends ExpressAdapter {
  override setErrorHandler(handler: Parameters<ExpressAdapter["setErrorHandler"]>[0]): this {
    return super.setErrorHandler((error) => {
      demandReachable(error);
      return handler(error);
    });
  }
}

function createBoard(queues: Queues, readOnlyMode: boolean) {
  const serverAdapter = new Adapter();
  serverAdapter.setBasePath(BASE_PATH);
  const { addQueue } = createBullBoard({
    queues: queues.bullQueues().map((queue) => adapterOf(queue, readOnlyMode)),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: "inventory-sync queues",
        pollingInterval: { forceInterval: POLL_INTERVAL_S },
        hideDocsLink: true,
      },
    },
  });
  const app = serverAdapter.getRouter() as Express;
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("json replacer", withoutFrames);
  return { handle: app, add: (queue: BullQueue) => addQueue(adapterOf(queue, readOnlyMode)) };
}

/** Of a job's stack traces the messages: the frames name files of this machine, and are in the worker's log. */
function withoutFrames(key: string, value: unknown): unknown {
  if (key !== "stacktrace" || !Array.isArray(value)) return value;
  return value.map((trace) => (typeof trace === "string" ? (trace.split("\n    at ")[0] ?? "") : trace));
}

const RUN_NAME = /^reset run (\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})\[([^\]]+)\]$/;
const HIDDEN = "(hidden)";
const PRIVATE_NAME =
  /pass(word|phrase|wd)|secret|token|authorization|cookie|credential|(api|private|ingest|access)[_-]?key|customer|e-?mail|phone|address|birth|card|iban|first_?name|last_?name/i;

/** `reset 2026-11-23 04:00 America/New_York` for a scheduled run; other names read well as they are. */
export function shownName({ name = "" }: { readonly name?: string }): string {
  return name.replace(RUN_NAME, "reset $1 $2 $3");
}

/**
 * What a job carries or returned, with what is under a private name hidden, and passwords in URLs. Jobs of ours carry neither
 * secrets nor customers; one that was added by hand, or comes from an older version, may.
 */
export function shownPayload(value: unknown): unknown {
  if (typeof value === "string") return maskUrlsIn(value);
  if (Array.isArray(value)) return value.map(shownPayload);
  if (value === null || typeof value !== "object") return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    PRIVATE_NAME.test(name) && field !== null ? HIDDEN : shownPayload(field),
  ]);
  return Object.fromEntries(fields);
}
