// ops requests: what clients sent that ingest refused, newest first.
import { listRefused, refusedPlace } from "@inventory-sync/operator";
import { type Command, countOption, exitCodes, type Run, textOption, UsageError, withDatabase } from "./command.ts";

export const requests: Command = {
  name: "requests",
  usage:
    "[--client NAME] [--status N] [--code CODE] [--id ID] [--since TIME] [--until TIME] [--limit N] [--before PLACE]",
  summary:
    "lists the requests that ingest refused in the last week, newest first; --json has the heads of their bodies, too",
  options: {
    ...{ client: { type: "string" }, status: { type: "string" }, code: { type: "string" }, since: { type: "string" } },
    ...{ id: { type: "string" }, until: { type: "string" }, limit: { type: "string" }, before: { type: "string" } },
  },
  async run(run) {
    const status = textOption(run, "status");
    if (status !== undefined && !/^[45]\d\d$/.test(status))
      throw new UsageError("--status is a number from 400 to 599");
    const texts = { client: textOption(run, "client"), code: textOption(run, "code"), id: textOption(run, "id") };
    const times = { since: timeOption(run, "since"), until: timeOption(run, "until") };
    const filter = { ...texts, ...times, status: status === undefined ? undefined : Number(status) };
    const page = { limit: countOption(run, "limit"), after: placeOption(run) };
    const { items, next } = await withDatabase(run, (database) => listRefused(database, filter, page));
    const before = next === undefined ? null : `${next.at},${next.id}`;
    run.out.document({ requests: items, next: before });
    const rows = items.map(({ at, client, keyId, status, code, pointer, eventId, requestId, detail, advice }) => [
      ...[run.time(at), client ?? (keyId === null ? "–" : `key ${keyId}…`), status, code, pointer ?? "–"],
      ...[eventId ?? "–", requestId, detail, advice],
    ]);
    if (rows.length === 0) run.out.say("No request was refused.");
    else
      run.out.table(["at", "client", "status", "code", "pointer", "first event", "request", "why", "what to do"], rows);
    if (before !== null) run.out.say(`Older ones: --before ${before}`);
    return exitCodes.ok;
  },
};

function timeOption(run: Run, name: string): Date | undefined {
  const text = textOption(run, name);
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!/(?:Z|[+-]\d\d:\d\d)$/i.test(text) || Number.isNaN(time.getTime()))
    throw new UsageError(`--${name} is a time with a zone, such as 2026-11-23T10:15:00Z`);
  return time;
}

function placeOption(run: Run) {
  const text = textOption(run, "before");
  if (text === undefined) return undefined;
  const [at, id] = text.split(",");
  const place = refusedPlace.safeParse({ at, id });
  if (!place.success) throw new UsageError("--before is what this list ended with");
  return place.data;
}
