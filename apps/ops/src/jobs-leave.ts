// ops jobs clashes: receipt numbers that were used twice, with both contents. ops jobs book: books the second as a sale of its own. ops jobs
// dismiss: takes failed jobs out of their queue for good; what they carry is kept. Both say first what they would do, and ask. ops jobs
// dismissed: who dismissed which and why, with what they carried.
import { plural, quantityText } from "@inventory-sync/domain";
import {
  bookClashes,
  booking,
  bookingReason,
  type Clash,
  type DismissedJob,
  dismissal,
  dismissedLines,
  dismissing,
  dismissJobs,
  listClashes,
  listDismissed,
  weighBooking,
  weighDismissal,
} from "@inventory-sync/operator";
import { type Command, checkedOption, exitCodes, type Run } from "./command.ts";
import { askedJobs, filterOf } from "./jobs.ts";

const LIMIT = { byDefault: 100, max: 1_000 };

const jobsClashes: Command = {
  name: "jobs clashes",
  usage: "[--facility F] [--limit N]",
  summary:
    "lists failed events whose receipt number the ledger has with another content: both contents, and whether it is another sale or the " +
    "same sent again; exits 1 when there are any",
  run: (run) =>
    run.withServers(async (servers) => {
      const page = { limit: run.count("limit", LIMIT) };
      const { items, nextCursor } = await listClashes(servers, filterOf(run), page);
      run.out.document({ clashes: items, more: nextCursor !== null });
      const header = ["store", "number", "first, in the ledger", "second, not booked", "so", "id of the job"];
      const rows = items.map((each) => clashCells(run, each));
      run.out.table(header, rows, "No receipt number was used twice.");
      const hint = items.find((each) => each.hint !== null)?.hint;
      if (hint) run.out.say(hint);
      if (rows.length > 0 && nextCursor !== null) run.out.say(`Only the newest ${page.limit} are shown.`);
      return rows.length > 0 ? exitCodes.found : exitCodes.ok;
    }),
};

function clashCells(run: Run, { facilityId, eventId, first, second, kind, jobId }: Clash): string[] {
  const content = ({ type, occurredAt, lines }: Pick<Clash["second"], "type" | "occurredAt" | "lines">) =>
    `${type} ${run.time(occurredAt)}: ${lines.map(({ idValue, quantity }) => `${quantityText(quantity)} ${idValue}`).join(", ")}`;
  const so = kind === "stock" ? "two sales" : "sent again";
  return [facilityId, eventId, first === null ? "–" : content(first), content(second), so, jobId];
}

const jobsBook: Command = {
  name: "jobs book",
  usage: "(--error EVENT_ID_REUSED | --facility F | --id ID…) --reason TEXT [--yes]",
  summary:
    "books second uses of a receipt number as sales of their own, under numbers made from the old ones, and dismisses their jobs; each counts " +
    "once. Of a cause or a store only those that change stock otherwise than the first",
  async run(run) {
    const filter = askedJobs(run, "book");
    const { reason } = checkedOption("reason", bookingReason, { reason: run.text("reason") });
    return run.withServers(async (servers) => {
      const count = await weighBooking(servers, filter);
      if (count > 0 && !(await run.isMeant(booking.wouldCount(count)))) return exitCodes.found;
      const outcome = (done: Parameters<typeof booking.outcome>[0]) => booking.outcome(done, reason);
      const act = { what: booking.what, target: booking.target(filter), outcome };
      const as = { reason, who: run.operator };
      const done = await run.audited(act, () => bookClashes(servers, filter, as), servers.database);
      run.out.document(done);
      run.out.say(`${outcome(done)}.`);
      if (done.more) run.out.say("There are more: the same command goes on with them.");
      return done.more || done.left > 0 ? exitCodes.found : exitCodes.ok;
    });
  },
};

const LOSING_MAX = 1_000_000_000;

const jobsDismiss: Command = {
  name: "jobs dismiss",
  usage: "(--error CODE | --facility F | --id ID…) --reason TEXT [--losing N] [--yes]",
  summary:
    "takes failed jobs out of their queue for good, and keeps what they carry; says what that loses, and asks. --losing: so many sales " +
    "are known to be lost by it",
  async run(run) {
    const filter = askedJobs(run, "dismiss");
    const losing =
      run.text("losing") === undefined ? undefined : run.count("losing", { byDefault: 0, max: LOSING_MAX });
    const given = checkedOption("reason", dismissal, { reason: run.text("reason"), losing });
    return run.withServers(async (servers) => {
      const weighed = await weighDismissal(servers, filter);
      const isRefused = weighed.losing > (losing ?? 0);
      // What is refused is not asked about; the refusal stands in the audit log, too.
      if (weighed.jobs > 0 && !isRefused && !(await run.isMeant(dismissing.would(weighed)))) return exitCodes.found;
      const outcome = (done: Parameters<typeof dismissing.outcome>[0]) => dismissing.outcome(done, given.reason);
      const act = { what: dismissing.what, target: dismissing.target(filter), outcome };
      const as = { ...given, who: run.operator };
      const done = await run.audited(act, () => dismissJobs(servers, filter, as), servers.database);
      run.out.document(done);
      run.out.say(`${outcome(done)}.`);
      if (done.more) run.out.say("There are more: the same command goes on with them.");
      return done.more ? exitCodes.found : exitCodes.ok;
    });
  },
};

const jobsDismissed: Command = {
  name: "jobs dismissed",
  usage: "[--error CODE] [--facility F] [--limit N | --ndjson]",
  summary:
    "lists dismissed jobs, the latest first: who, when, why; --ndjson: all of them with what they carried, one a line",
  run: (run) =>
    run.withDatabase(async (database) => {
      const filter = filterOf(run);
      if (run.has("ndjson")) {
        for await (const lines of dismissedLines(database, filter)) await run.out.write(lines);
        return exitCodes.ok;
      }
      const { jobs, next } = await listDismissed(database, filter, { limit: run.count("limit", LIMIT) });
      run.out.document({ jobs, more: next !== undefined });
      const rows = jobs.map((job) => dismissedCells(run, job));
      run.out.table(["dismissed", "by", "reason", "cause", "job", "lost"], rows, "No job was dismissed.");
      if (next !== undefined) run.out.say("Only the latest are shown; --ndjson writes all.");
      return exitCodes.ok;
    }),
};

function dismissedCells(run: Run, { dismissedAt, who, reason, error, name, lost, confirmed }: DismissedJob): string[] {
  const why = confirmed ? reason : `${reason} (not confirmed)`;
  return [run.time(dismissedAt), who, why, error, name, lost === 0 ? "nothing" : plural(lost, "sale")];
}

export const jobLeaveCommands: readonly Command[] = [jobsDismiss, jobsDismissed, jobsClashes, jobsBook];
