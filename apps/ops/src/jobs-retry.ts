// ops jobs retry: tries failed jobs again, with fresh attempts. Ctrl-C stops after the part that is under way.
import { type Command, exitCodes, textOption, UsageError, withQueues } from "./command.ts";

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
    const { retried } = await withQueues(run, (queues) =>
      queues.retryFailed({
        ...filter,
        onProgress: (progress) => run.out.progress(`${progress.retried} retried so far`),
      }),
    );
    run.out.document({ retried });
    run.out.say(retried === 1 ? "1 job is tried again." : `${retried} jobs are tried again.`);
    return exitCodes.ok;
  },
};
