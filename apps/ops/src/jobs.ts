// ops jobs failed: what failed, one by one or by cause. ops jobs retry: tries it again, with fresh attempts; Ctrl-C stops after the
// part that is under way, and the same command goes on with what is still failed.
import type { Database } from "@inventory-sync/db";
import { endsText, failedInWords, jobCause, jobsCommand, shortened } from "@inventory-sync/domain";
import { createRetry, type JobFilter, jobFilter, refuseHopeless, retrying } from "@inventory-sync/operator";
import type { RetryProgress } from "@inventory-sync/queue";
import { type Command, exitCodes, type Run, UsageError } from "./command.ts";

const LIMIT = { byDefault: 100, max: 10_000 };
const MESSAGE_LENGTH_MAX = 160;

export const jobsFailed: Command = {
  name: "jobs failed",
  usage: "[--by error] [--error CODE] [--facility F] [--limit N]",
  summary: "lists failed jobs, newest first, or by cause; exits 1 when there are any",
  async run(run) {
    const by = run.text("by");
    if (by !== undefined && by !== "error") throw new UsageError('--by can only be "error"');
    const filter = filterOf(run);
    return by === "error" ? listCauses(run, filter) : listJobs(run, filter);
  },
};

/** The jobs that are named: of a cause or a facility, or of both, or one by one. */
export function filterOf(run: Run): JobFilter {
  return jobFilter({ error: run.text("error"), facilityId: run.text("facility"), jobIds: run.texts("id") });
}

/** The failed jobs that a command shall act on. @param verb "retry" @throws UsageError unless they are named in one way */
export function askedJobs(run: Run, verb: string, all?: "--all"): JobFilter {
  const filter = filterOf(run);
  const byCause = filter.cause !== undefined || filter.facility !== undefined;
  const ways = [byCause, filter.ids !== undefined, all !== undefined && run.has("all")];
  if (ways.filter((way) => way).length === 1) return filter;
  const or = all === undefined ? "" : `, or ${all}`;
  throw new UsageError(`say what to ${verb}, in one way: --error and/or --facility, or --id for each job${or}`);
}

async function listCauses(run: Run, filter: JobFilter): Promise<number> {
  const { causes } = await run.withQueues((queues) => queues.failedCauses(filter));
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
  const limit = run.count("limit", LIMIT);
  const { jobs, nextCursor } = await run.withQueues((queues) => queues.failedJobs({ ...filter, limit }));
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
  out.table(header, rows, "No job has failed.");
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
  async run(run) {
    const filter = askedJobs(run, "retry", "--all");
    refuseHopeless(filter, run.has("anyway"));
    const outcome = (done: Awaited<ReturnType<typeof retry>>) =>
      `${retrying.outcome(done.retried)}${done.isStopped ? ", stopped before the end" : ""}`;
    const act = { what: retrying.what, target: retrying.target(filter), outcome };
    const { looked, retried, ends, isStopped } = await run.audited(act, (database) => retry(run, database, filter));
    run.out.document({ looked, retried, ...(ends && { ends }), stopped: isStopped });
    run.out.say(`${retrying.outcome(retried)}${ends ? `: ${endsText(ends)}` : ""}.`);
    if (isStopped) run.out.say("Stopped before the end: the same command goes on with the rest.");
    if (isStopped || run.signal.aborted) return exitCodes.stopped;
    return ends && ends.failedAgain > 0 ? exitCodes.found : exitCodes.ok;
  },
};

function retry(run: Run, database: Database, filter: JobFilter) {
  return run.out.withProgress("failed jobs", (tell) =>
    run.withQueues(async (queues) => {
      const all = filter.ids?.length ?? (await queues.failedMark()).total;
      const onProgress = ({ looked, retried }: RetryProgress) =>
        tell(Math.min(looked, all), all, `${retried} tried again`);
      const retries = createRetry({ database, queues }, run.operator);
      const { looked, retried } = await retries.run(filter, { onProgress, signal: run.signal });
      const isStopped = run.signal.aborted && looked < all;
      const tellEnds = () => {
        const { done = 0, failedAgain = 0 } = retries.ends() ?? {};
        tell(done + failedAgain, retried, "ended");
      };
      if (run.has("wait")) await retries.follow(run.signal, tellEnds);
      return { looked, retried, ends: run.has("wait") ? retries.ends() : undefined, isStopped };
    }),
  );
}
