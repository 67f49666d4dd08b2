// ops find: anything by its id.
import { find as findAnything } from "@inventory-sync/operator";
import { Away, type Command, exitCodes, Failure, UsageError } from "./command.ts";

const LIMIT = { byDefault: 20, max: 500 };

export const find: Command = {
  name: "find",
  usage: "TEXT [--limit N]",
  summary:
    "finds products, facilities, events, resets and failed jobs by an id or a part of one (events by the whole id); exits 1 when nothing is found",
  async run(run) {
    const [text = ""] = run.words;
    if (text.trim() === "") throw new UsageError("name what to look for: an id, or a part of one");
    const asked = { text: text.trim(), limit: run.count("limit", LIMIT) };
    const found = await run.withDatabase((database) =>
      run
        .withQueues((queues) => findAnything({ database, queues }, asked))
        .catch((error: unknown) => {
          if (error instanceof Away) return findAnything({ database, queues: undefined }, asked);
          throw error;
        }),
    );
    run.out.document(found);
    const { products, facilities, events, resets, failedJobs } = found;
    const rows = [
      ...products.map(({ idType, idValue, matched }) => ["product", `${idType} ${idValue}`, `found as ${matched}`]),
      ...facilities.map(({ facilityId, name }) => ["facility", facilityId, name ?? ""]),
      ...events.map((each) => [each.type, `${each.facilityId} ${each.eventId}`, run.time(each.occurredAt)]),
      ...resets.map(({ id, file, state, preview }) => [preview ? "preview" : "reset", file, `${state}, ${id}`]),
      ...(failedJobs ?? []).map(({ queue, name, message }) => ["failed job", `${queue}: ${name}`, message]),
    ];
    if (failedJobs === null) run.out.say("The queue cannot be reached, so failed jobs were not searched.");
    if (rows.length === 0) throw new Failure(`Nothing has "${asked.text}" in one of its ids.`);
    run.out.table(["what", "which", ""], rows);
    return exitCodes.ok;
  },
};
