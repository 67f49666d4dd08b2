// ops jobs dismiss: takes failed jobs out of their queue for good, having said what that loses and asked; what they carry is kept. ops jobs
// dismissed: who dismissed which and why, with what they carried.
import { plural } from "@inventory-sync/domain";
import {
  type DismissedJob,
  dismissal,
  dismissedLines,
  dismissing,
  dismissJobs,
  listDismissed,
  weighDismissal,
} from "@inventory-sync/operator";
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
import { askedJobs, filterOf, jobOptions } from "./jobs.ts";
import { audited, isMeant, operatorName, yesOption } from "./operator.ts";

const LIMIT = { byDefault: 100, max: 1_000 };
const LOSING_MAX = 1_000_000_000;

export const jobsDismiss: Command = {
  name: "jobs dismiss",
  usage: "(--error CODE | --facility F | --id ID…) --reason TEXT [--losing N] [--yes]",
  summary:
    "takes failed jobs out of their queue for good, and keeps what they carry; says what that loses, and asks. --losing: so many sales " +
    "are known to be lost by it",
  options: {
    ...jobOptions,
    ...yesOption,
    reason: { type: "string" },
    losing: { type: "string" },
  },
  async run(run) {
    const filter = askedJobs(run, "dismiss");
    const losing =
      textOption(run, "losing") === undefined
        ? undefined
        : countOption(run, "losing", { byDefault: 0, max: LOSING_MAX });
    const given = dismissal.safeParse({ reason: textOption(run, "reason"), losing });
    if (!given.success) throw new UsageError(`--reason ${given.error.issues[0]?.message}`);
    return withQueues(run, (queues) =>
      withDatabase(run, async (database) => {
        const parts = { database, queues };
        const weighed = await weighDismissal(parts, filter);
        const isRefused = weighed.losing > (losing ?? 0);
        // What is refused is not asked about; the refusal stands in the audit log, too.
        if (weighed.jobs > 0 && !isRefused && !(await isMeant(run, dismissing.would(weighed)))) return exitCodes.found;
        const outcome = (done: Parameters<typeof dismissing.outcome>[0]) => dismissing.outcome(done, given.data.reason);
        const act = { what: dismissing.what, target: dismissing.target(filter), outcome };
        const as = { ...given.data, who: operatorName() };
        const done = await audited(database, act, () => dismissJobs(parts, filter, as));
        run.out.document(done);
        run.out.say(`${outcome(done)}.`);
        if (!done.more) return exitCodes.ok;
        run.out.say("There are more: the same command goes on with them.");
        return exitCodes.found;
      }),
    );
  },
};

export const jobsDismissed: Command = {
  name: "jobs dismissed",
  usage: "[--error CODE] [--facility F] [--limit N | --ndjson]",
  summary:
    "lists dismissed jobs, the latest first: who, when, why; --ndjson: all of them with what they carried, one a line",
  options: {
    error: { type: "string" },
    facility: { type: "string" },
    limit: { type: "string" },
    ndjson: { type: "boolean" },
  },
  run: (run) =>
    withDatabase(run, async (database) => {
      const filter = filterOf(run);
      if (run.options.ndjson === true) {
        for await (const lines of dismissedLines(database, filter)) await run.out.write(lines);
        return exitCodes.ok;
      }
      const { jobs, next } = await listDismissed(database, filter, { limit: countOption(run, "limit", LIMIT) });
      run.out.document({ jobs, more: next !== undefined });
      if (jobs.length === 0) run.out.say("No job was dismissed.");
      else
        run.out.table(
          ["dismissed", "by", "reason", "cause", "job", "lost"],
          jobs.map((job) => cells(run, job)),
        );
      if (next !== undefined) run.out.say("Only the latest are shown; --ndjson writes all.");
      return exitCodes.ok;
    }),
};

function cells(run: Run, { dismissedAt, who, reason, error, name, lost, confirmed }: DismissedJob): string[] {
  const at = run.time(dismissedAt);
  return [
    at,
    who,
    confirmed ? reason : `${reason} (not confirmed)`,
    error,
    name,
    lost === 0 ? "nothing" : plural(lost, "sale"),
  ];
}
