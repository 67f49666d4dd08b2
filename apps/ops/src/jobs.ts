// ops jobs failed: what failed, one by one or by cause. ops jobs retry: tries it again, with fresh attempts; Ctrl-C stops after the
// part that is under way, and the same command goes on with what is still failed. ops queues: how much waits, runs and has failed.
import type { Database } from "@inventory-sync/db";
import { endsText, failedInWords, jobCause, jobsCommand, shortened } from "@inventory-sync/domain";
import { createRetry, type JobFilter, jobFilter, refuseHopeless, retrying } from "@inventory-sync/operator";
import type { RetryProgress } from "@inventory-sync/queue";
import {
  type Command,
  countOption,
  exitCodes,
  type Run,
  textOption,
  UsageError,
  withDatabase,
  withQueues,
} from "./command.ts";
import { audited, operatorName } from "./operator.ts";

const LIMIT = { byDefault: 100, max: 10_000 };
const MESSAGE_LENGTH_MAX = 160;
const MS_PER_S = 1_000;

export const jobsFailed: Command = {
  name: "jobs failed",
  usage: "[--by error] [--error CODE] [--facility F] [--limit N]",
  summary: "lists failed jobs, newest first, or by cause; exits 1 when there are any",
  options: {
    by: { type: "string" },
    error: { type: "string" },
    facility: { type: "string" },
    limit: { type: "string" },
  },
  async run(run) {
    const by = textOption(run, "by");
    if (by !== undefined && by !== "error") throw new UsageError('--by can only be "error"');
    const filter = filterOf(run);
    return by === "error" ? listCauses(run, filter) : listJobs(run, filter);
  },
};

/** The jobs of a cause or a facility, or of both. */
export function filterOf(run: Run): JobFilter {
  return jobFilter({ error: textOption(run, "error"), facilityId: textOption(run, "facility") });
}

/** The options by which failed jobs are named. */
export const jobOptions = {
  error: { type: "string" },
  facility: { type: "string" },
  id: { type: "string", multiple: true },
} as const;

/** The failed jobs that a command shall act on. @param verb "retry" @throws UsageError unless they are named in one way */
export function askedJobs(run: Run, verb: string, all?: "--all"): JobFilter {
  const { id } = run.options;
  const filter = { ...filterOf(run), ...(Array.isArray(id) && { ids: id.map(String) }) };
  const byCause = filter.cause !== undefined || filter.facility !== undefined;
  const ways = [byCause, filter.ids !== undefined, all !== undefined && run.options.all === true];
  if (ways.filter((way) => way).length === 1) return filter;
  const or = all === undefined ? "" : `, or ${all}`;
  throw new UsageError(`say what to ${verb}, in one way: --error and/or --facility, or --id for each job${or}`);
}

async function listCauses(run: Run, filter: JobFilter): Promise<number> {
  const { causes } = await withQueues(run, (queues) => queues.failedCauses(filter));
  run.out.document({ causes });
  const rows = causes.map(({ count, cause, queue, firstAt, lastAt, exampleMessage }) => [
    count,
    cause,
    queue,
    run.time(firstAt),
    run.time(lastAt),
    oneLine(exampleMessage),
  ]);
  const code = sayFailed(run, ["jobs", "cause", "queue", "first", "latest", "for example"], rows);
  for (const { queue, cause, count } of causes)
    run.out.say(
      `${cause}: ${failedInWords(queue, cause, count)}. ${jobCause(queue, cause).todo} (${jobsCommand(queue, cause)})`,
    );
  return code;
}

async function listJobs(run: Run, filter: JobFilter): Promise<number> {
  const limit = countOption(run, "limit", LIMIT);
  const { jobs, nextCursor } = await withQueues(run, (queues) => queues.failedJobs({ ...filter, limit }));
  run.out.document({ jobs, more: nextCursor !== null });
  const rows = jobs.map(({ failedAt, cause, queue, facility, id, message }) => [
    run.time(failedAt),
    cause,
    queue,
    facility ?? "–",
    id,
    oneLine(message),
  ]);
  const code = sayFailed(run, ["failed at", "cause", "queue", "facility", "id", "message"], rows);
  if (nextCursor !== null) run.out.say(`Only the newest ${limit} are shown; --by error counts all.`);
  return code;
}

function sayFailed({ out }: Run, header: readonly string[], rows: readonly (readonly (string | number)[])[]): number {
  if (rows.length === 0) out.say("No job has failed.");
  else out.table(header, rows);
  return rows.length > 0 ? exitCodes.found : exitCodes.ok;
}

function oneLine(message: string): string {
  return shortened(message.replace(/\s+/g, " "), MESSAGE_LENGTH_MAX);
}

export const jobsRetry: Command = {
  name: "jobs retry",
  usage: "(--error CODE | --facility F | --id ID… | --all) [--anyway] [--wait]",
  summary:
    "tries failed jobs again: of one cause, of one facility, those listed, or all; --wait: until each is done or has failed again, " +
    "exits 1 when any has; --anyway: also of a cause that no retry can help",
  options: { ...jobOptions, all: { type: "boolean" }, anyway: { type: "boolean" }, wait: { type: "boolean" } },
  async run(run) {
    const filter = askedJobs(run, "retry", "--all");
    refuseHopeless(filter, run.options.anyway === true);
    const outcome = (done: Awaited<ReturnType<typeof retry>>) =>
      `${retrying.outcome(done.retried)}${done.isStopped ? ", stopped before the end" : ""}`;
    const act = { what: retrying.what, target: retrying.target(filter), outcome };
    const { looked, retried, ends, isStopped } = await withDatabase(run, (database) =>
      audited(database, act, () => retry(run, database, filter)),
    );
    run.out.document({ looked, retried, ...(ends && { ends }), stopped: isStopped });
    run.out.say(`${retrying.outcome(retried)}${ends ? `: ${endsText(ends)}` : ""}.`);
    if (isStopped) run.out.say("Stopped before the end: the same command goes on with the rest.");
    if (isStopped || run.signal.aborted) return exitCodes.stopped;
    return ends && ends.failedAgain > 0 ? exitCodes.found : exitCodes.ok;
  },
};

async function retry(run: Run, database: Database, filter: JobFilter) {
  const progress = run.out.progress("failed jobs");
  try {
    return await withQueues(run, async (queues) => {
      const all = filter.ids?.length ?? (await queues.failedMark()).total;
      const onProgress = ({ looked, retried }: RetryProgress) =>
        progress.at(Math.min(looked, all), all, `${retried} tried again`);
      const retries = createRetry({ database, queues }, operatorName());
      const { looked, retried } = await retries.run(filter, { onProgress, signal: run.signal });
      const isStopped = run.signal.aborted && looked < all;
      const tell = () => {
        const { done = 0, failedAgain = 0 } = retries.ends() ?? {};
        progress.at(done + failedAgain, retried, "ended");
      };
      if (run.options.wait === true) await retries.follow(run.signal, tell);
      const ends = run.options.wait === true ? retries.ends() : undefined;
      return { looked, retried, ends, isStopped };
    });
  } finally {
    progress.end();
  }
}

export const queues: Command = {
  name: "queues",
  summary:
    "counts the jobs of every queue by state, and says how safe accepted jobs are; exits 1 when jobs have failed",
  async run(run) {
    const { counts, durability, kind } = await withQueues(run, async (open) => {
      return { counts: await open.counts(), durability: await open.durability(), kind: open.kind };
    });
    run.out.document({ backend: kind, durability, queues: counts });
    const rows = Object.entries(counts).map(([name, each]) => [
      name,
      each.waiting,
      each.active,
      each.delayed,
      each["waiting-children"],
      each.failed,
      each.completed,
      each.oldestWaitingMs === null ? "–" : `${Math.round(each.oldestWaitingMs / MS_PER_S)} s`,
    ]);
    const header = ["queue", "waiting", "active", "deferred", "parents", "failed", "completed", "oldest waits"];
    run.out.table(header, rows);
    run.out.say(`On ${kind}: ${durability.durability}${durability.ok ? "" : " — ACCEPTED JOBS COULD BE LOST"}`);
    for (const warning of durability.warnings) run.out.say(warning);
    const { away } = counts.events;
    if (away) run.out.say(`Not counted, for they do not answer: ${away.join(", ")}.`);
    const isCalm = durability.ok && Object.values(counts).every(({ failed }) => failed === 0);
    return isCalm ? exitCodes.ok : exitCodes.found;
  },
};
