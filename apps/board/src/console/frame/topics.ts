// The topics that live pages listen to: each reads what its page is made from, as cheaply as it can. What it returns is only
// compared with what it returned before.
import { latestResets, listJobRetries, resetProgress, ringingAlarms } from "@inventory-sync/db";
import { isKeptId } from "@inventory-sync/domain";
import { z } from "zod";
import type { Parts } from "../../parts.ts";
import { overviewSeen } from "../overview/overview-page.ts";
import { waitingFiles } from "../resets/inbox.ts";
import { rowsStaged } from "../resets/staged.ts";

/** Reads one topic. @param about what stands behind the colon: `reset:<id>` */
type Topic = (parts: Parts, about: string) => Promise<unknown>;

const RESETS_SEEN = 50;
const RETRIES_SEEN = 5;

const topics: Readonly<Record<string, Topic>> = {
  overview: overviewSeen,
  // What waits in incoming/ stands on the page, too.
  resets: async (parts) => [await resetsSeen(parts, ""), await waitingFiles(parts)],
  // Ages are in minutes, so the page is another one each minute.
  facilities: async (parts) => [await resetsSeen(parts, ""), await alarmsSeen(parts, ""), minute()],
  reset: resetSeen,
  facility: ({ database }, about) => facilitySeen(database, about),
  jobs: jobsSeen,
  alarms: alarmsSeen,
};

/** What stands behind the colon of a topic that has one: the id of something that can be. */
const ABOUT: Readonly<Record<string, (about: string) => boolean>> = {
  reset: (about) => uuid.safeParse(about).success,
  facility: isKeptId,
};
const uuid = z.uuid();

/** Says whether there is such a topic: `reset:<id>` and `facility:<id>` with an id, the others without. */
export function isTopic(topic: string): boolean {
  const name = nameOf(topic);
  if (!Object.hasOwn(topics, name)) return false;
  const about = topic.slice(name.length + 1);
  return ABOUT[name]?.(about) ?? topic === name;
}

/** What a topic's page is made from, at this moment. */
export async function readTopic(parts: Parts, topic: string): Promise<unknown> {
  const name = nameOf(topic);
  const read = Object.hasOwn(topics, name) ? topics[name] : undefined;
  if (read === undefined) throw new RangeError(`there is no topic ${topic}`);
  return read(parts, topic.slice(name.length + 1));
}

function nameOf(topic: string): string {
  return topic.split(":", 1)[0] ?? "";
}

const MINUTE_MS = 60_000;

function minute(): number {
  return Math.floor(Date.now() / MINUTE_MS);
}

function resetsSeen({ database }: Parts, _about: string): Promise<unknown> {
  return latestResets(database, RESETS_SEEN);
}

/** How far a reset is, its rows that are staged and the states of its facilities included. */
async function resetSeen(parts: Parts, about: string): Promise<unknown> {
  const progress = await resetProgress(parts.database, about);
  const found = await parts.database.pool.query(
    "select state, count(*)::int, max(decided_at) from facility_reset where reset_id = $1 group by state order by state",
    [about],
  );
  return [progress, found.rows, progress && (await rowsStaged(parts, progress))];
}

function alarmsSeen({ database }: Parts, _about: string): Promise<unknown> {
  return ringingAlarms(database);
}

/** Which jobs stand failed, how far the count of them is, and how far the retries are. */
async function jobsSeen({ queues, database, failedCounter }: Parts): Promise<unknown> {
  if (!queues.isConnected()) return "away";
  const [{ looked, total, countedAt }, retries] = await Promise.all([
    failedCounter.now(0),
    listJobRetries(database, RETRIES_SEEN),
  ]);
  return [looked, total, countedAt, retries.map(({ id, state, retried }) => [id, state, retried])];
}

/** A facility's latest movement and the state of its latest resets: whatever changes its levels changes one of them. */
async function facilitySeen(database: Parts["database"], facilityId: string): Promise<unknown> {
  const found = await database.pool.query(
    `select f.id,
            (select max(updated_at) from level where facility_id = f.id) as changed,
            (select jsonb_agg(jsonb_build_array(r.reset_id, r.state, r.decided_at))
               from (select * from facility_reset where facility_id = f.id order by started_at desc nulls first limit 5) r) as resets
       from facility f where f.facility_id = $1`,
    [facilityId],
  );
  return found.rows;
}
