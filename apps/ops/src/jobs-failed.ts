// ops jobs failed: what failed, one by one or by cause.
import { type Command, countOption, exitCodes, textOption, UsageError, withQueues } from "./command.ts";
import { table, timeWriter } from "./output.ts";

const LIMIT = { byDefault: 100, max: 10_000 };
const MESSAGE_LENGTH_MAX = 160;

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
  positionalsMax: 0,
  async run(run) {
    const by = textOption(run, "by");
    if (by !== undefined && by !== "error") throw new UsageError('--by can only be "error"');
    const [cause, facility] = [textOption(run, "error"), textOption(run, "facility")];
    const filter = { ...(cause !== undefined && { cause }), ...(facility !== undefined && { facility }) };
    const time = timeWriter(run.addresses.timeZone);
    return withQueues(run, async (queues) => {
      if (by === "error") {
        const { causes } = await queues.failedCauses(filter);
        run.out.document({ causes });
        const rows = causes.map((each) => [
          each.count,
          each.cause,
          each.queue,
          time(each.firstAt),
          time(each.lastAt),
          shortened(each.exampleMessage),
        ]);
        sayTable(run.out.say, ["jobs", "cause", "queue", "first", "latest", "for example"], rows);
        return causes.length > 0 ? exitCodes.found : exitCodes.ok;
      }
      const limit = countOption(run, "limit", LIMIT);
      const { jobs, nextCursor } = await queues.failedJobs({ ...filter, limit });
      run.out.document({ jobs, more: nextCursor !== null });
      const rows = jobs.map((job) => [
        time(job.failedAt),
        job.cause,
        job.queue,
        job.facility ?? "–",
        job.id,
        shortened(job.message),
      ]);
      sayTable(run.out.say, ["failed at", "cause", "queue", "facility", "id", "message"], rows);
      if (nextCursor !== null) run.out.say(`Only the newest ${limit} are shown; --by error counts all.`);
      return jobs.length > 0 ? exitCodes.found : exitCodes.ok;
    });
  },
};

function sayTable(
  say: (line: string) => void,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  if (rows.length === 0) say("No job has failed.");
  else for (const line of table(header, rows)) say(line);
}

function shortened(message: string): string {
  const line = message.replace(/\s+/g, " ");
  return line.length > MESSAGE_LENGTH_MAX ? `${line.slice(0, MESSAGE_LENGTH_MAX)}…` : line;
}
