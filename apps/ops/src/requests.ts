// ops requests: what clients sent that ingest refused, newest first.
import { listRefused, refusedPlace } from "@inventory-sync/operator";
import { type Command, exitCodes, type Run, UsageError } from "./command.ts";

export const requests: Command = {
  name: "requests",
  usage:
    "[--client NAME] [--status N] [--code CODE] [--id ID] [--since TIME] [--until TIME] [--limit N] [--before PLACE]",
  summary:
    "lists the requests that ingest refused in the last week, newest first; --json has the heads of their bodies, too",
  async run(run) {
    const status = run.text("status");
    if (status !== undefined && !/^[45]\d\d$/.test(status))
      throw new UsageError("--status is a number from 400 to 599");
    const texts = { client: run.text("client"), code: run.text("code"), id: run.text("id") };
    const times = { since: timeOption(run, "since"), until: timeOption(run, "until") };
    const filter = { ...texts, ...times, status: status === undefined ? undefined : Number(status) };
    const page = { limit: run.count("limit"), after: placeOption(run) };
    const { items, next } = await run.withDatabase((database) => listRefused(database, filter, page));
    const before = next === undefined ? null : `${next.at},${next.id}`;
    run.out.document({ requests: items, next: before });
    const rows = items.map(({ at, client, keyId, status, code, pointer, eventId, requestId, detail, advice }) => [
      ...[run.time(at), client ?? (keyId === null ? "–" : `key ${keyId}…`), status, code, pointer ?? "–"],
      ...[eventId ?? "–", requestId, detail, advice],
    ]);
    const header = ["at", "client", "status", "code", "pointer", "first event", "request", "why", "what to do"];
    run.out.table(header, rows, "No request was refused.");
    if (before !== null) run.out.say(`Older ones: --before ${before}`);
    return exitCodes.ok;
  },
};

function timeOption(run: Run, name: string): Date | undefined {
  const text = run.text(name);
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!/(?:Z|[+-]\d\d:\d\d)$/i.test(text) || Number.isNaN(time.getTime()))
    throw new UsageError(`--${name} is a time with a zone, such as 2026-11-23T10:15:00Z`);
  return time;
}

function placeOption(run: Run) {
  const text = run.text("before");
  if (text === undefined) return undefined;
  const [at, id] = text.split(",");
  const place = refusedPlace.safeParse({ at, id });
  if (!place.success) throw new UsageError("--before is what this list ended with");
  return place.data;
}
