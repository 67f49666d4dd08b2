// What is read of jobs in Redis past BullMQ's own calls, over all shards of a queue; and failed jobs that are dismissed.

import { grouped } from "@inventory-sync/domain";
import type { Cluster, Redis } from "ioredis";
import type { FailedCursor, FailedRow, QueueStore } from "./connection.ts";
import { keyOf, type Place, type Places, placesOf } from "./shards.ts";

type Client = Redis | Cluster;
/** Members of the failed set that are read at once at least: those of one millisecond are passed over one by one. */
const chunkMin = 100;

/**
 * Takes a failed job away. Leaving the set of the failed is what decides: a retry leaves it in its own script, so one of the two finds
 * the job there no more. KEYS[1] the set; the other keys are the job's, as BullMQ's removeJobKeys names them; ARGV[1] its id.
 */
const removeIfFailed = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('DEL', unpack(KEYS, 2))
return 1`;
const jobKeySuffixes = ["", ":logs", ":dependencies", ":processed", ":failed", ":unsuccessful"];

type JobStore = Pick<
  QueueStore,
  "failedCount" | "failedAmong" | "unfinishedAmong" | "failedPage" | "removeFailed" | "clearStalls"
>;

/** Makes the part of the store that is about jobs. */
export function jobsIn(client: Client, places: Places): JobStore {
  const failedOf = (place: Place) => keyOf(place, "failed");
  return {
    async failedCount(queue, shard) {
      const counts = (await placesOf(places, queue, shard)).map((place) => client.zcard(failedOf(place)));
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    },
    async failedAmong(queue, shard, ids) {
      const key = failedOf(places.of(queue, shard));
      const scores = ids.length === 0 ? [] : await client.zmscore(key, ...ids);
      const found = ids.map((id, index): [string, string | null | undefined] => [id, scores[index]]);
      return new Map(found.flatMap(([id, score]) => (score == null ? [] : [[id, Number(score)]])));
    },
    async unfinishedAmong(queue, ids) {
      if (ids.length === 0) return new Map();
      const parts = await Promise.all((await placesOf(places, queue)).map((place) => unfinishedAt(client, place, ids)));
      const found = new Map<string, { isFailed: boolean }>();
      // The same events may be in two shards: one that goes on is not failed.
      for (const [id, { isFailed }] of parts.flatMap((part) => [...part]))
        found.set(id, { isFailed: isFailed && found.get(id)?.isFailed !== false });
      return found;
    },
    async failedPage(queue, { after, limit, withData, shard }) {
      const at = await placesOf(places, queue, shard);
      const found = await Promise.all(at.map((place) => entriesAfter(client, place, after, limit)));
      const entries = found.flat().sort(newestFirst).slice(0, limit);
      const rows = [...grouped(entries, (entry) => entry.place).values()].map((some) => rowsOf(client, some, withData));
      return (await Promise.all(rows)).flat().sort(newestFirst);
    },
    async removeFailed(queue, ids) {
      const parts = (await placesOf(places, queue)).map((place) => removeAt(client, place, ids));
      const removed = new Set((await Promise.all(parts)).flat());
      return ids.filter((id) => removed.has(id));
    },
    clearStalls: async (queue, shard, id) => void (await client.hdel(keyOf(places.of(queue, shard), id), "stc")),
  };
}

interface Entry extends FailedCursor {
  readonly place: Place;
}

function newestFirst(one: FailedCursor, other: FailedCursor): number {
  return other.failedAtMs - one.failedAtMs || (one.id > other.id ? -1 : 1);
}

/** Members of the failed set of a place, newest first, after the cursor. Members of one millisecond are in descending order of id. */
async function entriesAfter(
  client: Client,
  place: Place,
  after: FailedCursor | undefined,
  limit: number,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  const key = keyOf(place, "failed");
  const chunk = Math.max(chunkMin, limit + 1);
  const from = after === undefined ? "+inf" : String(after.failedAtMs);
  for (let offset = 0; entries.length < limit; offset += chunk) {
    const flat = await client.zrange(key, from, "-inf", "BYSCORE", "REV", "LIMIT", offset, chunk, "WITHSCORES");
    for (let index = 0; index < flat.length; index += 2) {
      const entry = { id: flat[index] ?? "", failedAtMs: Number(flat[index + 1]), place };
      const seen = after !== undefined && entry.failedAtMs === after.failedAtMs && entry.id >= after.id;
      if (!seen && entries.length < limit) entries.push(entry);
    }
    if (flat.length < 2 * chunk) break;
  }
  return entries;
}

/** The rows of entries of one place; one at least. */
async function rowsOf(client: Client, entries: readonly Entry[], withData: boolean): Promise<FailedRow[]> {
  const pipeline = client.pipeline();
  const fields = ["name", "failedReason", "atm", ...(withData ? ["data"] : [])];
  for (const { id, place } of entries) pipeline.hmget(keyOf(place, id), ...fields);
  const answers = await answersOf(pipeline);
  return entries.map(({ id, failedAtMs, place }, index): FailedRow => {
    const [name, reason, attempts, data] = (answers[index] ?? []) as (string | null)[];
    return {
      ...{ id, failedAtMs, shard: place.shard },
      ...{ name: name ?? "", reason: reason ?? "", attempts: Number(attempts ?? 0), data: data ?? undefined },
    };
  });
}

async function unfinishedAt(client: Client, place: Place, ids: readonly string[]) {
  const pipeline = client.pipeline();
  for (const set of ["failed", "completed"]) pipeline.zmscore(keyOf(place, set), ...ids);
  for (const id of ids) pipeline.exists(keyOf(place, id));
  const [failed, completed, ...there] = await answersOf(pipeline);
  const isIn = (set: unknown, index: number) => (set as (string | null)[])[index] != null;
  const open = ids.map((id, index): [string, { isFailed: boolean }] => [id, { isFailed: isIn(failed, index) }]);
  return new Map(open.filter((_, index) => there[index] === 1 && !isIn(completed, index)));
}

async function removeAt(client: Client, place: Place, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const pipeline = client.pipeline();
  for (const id of ids) {
    const keys = [keyOf(place, "failed"), ...jobKeySuffixes.map((suffix) => `${keyOf(place, id)}${suffix}`)];
    pipeline.eval(removeIfFailed, keys.length, ...keys, id);
  }
  const answers = await answersOf(pipeline);
  return ids.filter((_, index) => answers[index] === 1);
}

/** What a pipeline answered. @throws the first error in it */
async function answersOf(pipeline: ReturnType<Client["pipeline"]>): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
}
