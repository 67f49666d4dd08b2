// ops jobs clashes: receipt numbers that were used twice, with both contents. ops jobs book: books the second as a sale of its own, having
// said what that does and asked.
import { quantityText } from "@inventory-sync/domain";
import { bookClashes, booking, bookingReason, type Clash, listClashes, weighBooking } from "@inventory-sync/operator";
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

export const jobsClashes: Command = {
  name: "jobs clashes",
  usage: "[--facility F] [--limit N]",
  summary:
    "lists failed events whose receipt number the ledger has with another content: both contents, and whether it is another sale or the " +
    "same sent again; exits 1 when there are any",
  options: { facility: { type: "string" }, limit: { type: "string" } },
  run: (run) =>
    withQueues(run, (queues) =>
      withDatabase(run, async (database) => {
        const page = { limit: countOption(run, "limit", LIMIT) };
        const { items, nextCursor } = await listClashes({ database, queues }, filterOf(run), page);
        run.out.document({ clashes: items, more: nextCursor !== null });
        if (items.length === 0) {
          run.out.say("No receipt number was used twice.");
          return exitCodes.ok;
        }
        const header = ["store", "number", "first, in the ledger", "second, not booked", "so", "id of the job"];
        run.out.table(
          header,
          items.map((each) => cells(run, each)),
        );
        if (items.some(({ hint }) => hint !== null)) run.out.say(items.find(({ hint }) => hint !== null)?.hint ?? "");
        if (nextCursor !== null) run.out.say(`Only the newest ${page.limit} are shown.`);
        return exitCodes.found;
      }),
    ),
};

function cells(run: Run, { facilityId, eventId, first, second, kind, jobId }: Clash): string[] {
  const content = ({ type, occurredAt, lines }: Pick<Clash["second"], "type" | "occurredAt" | "lines">) =>
    `${type} ${run.time(occurredAt)}: ${lines.map(({ idValue, quantity }) => `${quantityText(quantity)} ${idValue}`).join(", ")}`;
  const so = kind === "stock" ? "two sales" : "sent again";
  return [facilityId, eventId, first === null ? "–" : content(first), content(second), so, jobId];
}

export const jobsBook: Command = {
  name: "jobs book",
  usage: "(--error EVENT_ID_REUSED | --facility F | --id ID…) --reason TEXT [--yes]",
  summary:
    "books second uses of a receipt number as sales of their own, under numbers made from the old ones, and dismisses their jobs; each counts " +
    "once. Of a cause or a store only those that change stock otherwise than the first",
  options: { ...jobOptions, ...yesOption, reason: { type: "string" } },
  async run(run) {
    const filter = askedJobs(run, "book");
    const given = bookingReason.safeParse({ reason: textOption(run, "reason") });
    if (!given.success) throw new UsageError(`--reason ${given.error.issues[0]?.message}`);
    const { reason } = given.data;
    return withQueues(run, (queues) =>
      withDatabase(run, async (database) => {
        const parts = { database, queues };
        const count = await weighBooking(parts, filter);
        if (count > 0 && !(await isMeant(run, booking.wouldCount(count)))) return exitCodes.found;
        const outcome = (done: Parameters<typeof booking.outcome>[0]) => booking.outcome(done, reason);
        const act = { what: booking.what, target: booking.target(filter), outcome };
        const done = await audited(database, act, () => bookClashes(parts, filter, { reason, who: operatorName() }));
        run.out.document(done);
        run.out.say(`${outcome(done)}.`);
        if (done.more) run.out.say("There are more: the same command goes on with them.");
        return done.more || done.left > 0 ? exitCodes.found : exitCodes.ok;
      }),
    );
  },
};
