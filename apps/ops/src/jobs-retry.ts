// ops jobs retry: tries failed jobs again, with fresh attempts. Ctrl-C stops after the part that is under way; what it had
// not got to is still failed, so that the same command goes on with it.
import type { FailedFilter, RetryProgress } from "@inventory-sync/queue";
import { type Command, exitCodes, type Run, textOption, UsageError, withDatabase, withQueues } from "./command.ts";
import { audited } from "./operator.ts";
import { plural } from "./output.ts";

export const jobsRetry: Command = {
  name: "jobs retry",
  usage: "(--error CODE | --facility F | --id ID… | --all)",
  summary: "tries failed jobs again: of one cause, of one facility, those listed, or all",
  options: {
    error: { type: "string" },
    facility: { type: "string" },
    id: { type: "string", multiple: true },
    all: { type: "boolean" },
  },
  positionalsMax: 0,
  async run(run) {
    const [cause, facility, ids] = [textOption(run, "error"), textOption(run, "facility"), run.options.id];
    const ways = [cause !== undefined || facility !== undefined, ids !== undefined, run.options.all === true];
    if (ways.filter((way) => way).length !== 1) {
      throw new UsageError("say what to retry, in one way: --error and/or --facility, or --id for each job, or --all");
    }
    const filter = {
      ...(cause !== undefined && { cause }),
      ...(facility !== undefined && { facility }),
      ...(Array.isArray(ids) && { ids: ids.map(String) }),
    };
    const { looked, retried, isStopped } = await withDatabase(run, (database) =>
      audited(database, { what: "retry failed jobs", target: targetText(filter) }, () => retry(run, filter)),
    );
    run.out.document({ looked, retried, stopped: isStopped });
    run.out.say(`${plural(retried, "job is", "jobs are")} tried again.`);
    if (!isStopped) return exitCodes.ok;
    run.out.say("Stopped before the end: the same command goes on with the rest.");
    return exitCodes.stopped;
  },
};

type RetryFilter = FailedFilter & { readonly ids?: readonly string[] };

async function retry(run: Run, filter: RetryFilter) {
  const progress = run.out.progress("failed jobs");
  try {
    return await withQueues(run, async (queues) => {
      const counts = await queues.counts();
      const all = filter.ids?.length ?? Object.values(counts).reduce((sum, { failed }) => sum + failed, 0);
      const onProgress = ({ looked, retried }: RetryProgress) =>
        progress.at(Math.min(looked, all), all, `${retried} tried again`);
      const { looked, retried } = await queues.retryFailed({ ...filter, onProgress, signal: run.signal });
      const isStopped = run.signal.aborted && looked < all;
      const outcome = `${plural(retried, "job is", "jobs are")} tried again${isStopped ? ", stopped before the end" : ""}`;
      return { done: { looked, retried, isStopped }, outcome };
    });
  } finally {
    progress.end();
  }
}

function targetText({ cause, facility, ids }: RetryFilter): string {
  const parts = [
    cause !== undefined && `cause ${cause}`,
    facility !== undefined && `facility ${facility}`,
    ids !== undefined && `jobs ${ids.join(", ")}`,
  ].filter((part) => part !== false);
  return parts.join(", ") || "all failed jobs";
}
