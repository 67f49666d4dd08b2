// A day of activity for the plots of the demonstration: busy from morning to evening, as shops are, with a slow quarter of an hour.
import { openDatabase, recordActivity } from "@inventory-sync/db";
import { latencyBucket, noLatencies } from "@inventory-sync/domain";
import type { DatabaseClient } from "../flows/database-client.ts";
import type { System } from "../support/index.ts";

const minutes = 24 * 60;
const minuteMs = 60_000;
const busiestPerMinute = 46;
/** Minutes ago at which the network was slow for a while. */
const slowFrom = 400;
const slowFor = 15;

/** Records what workers would have counted in each minute of the day until now, instead of what they have. */
export async function recordDay(system: System, { rows }: Pick<DatabaseClient, "rows">): Promise<void> {
  const now = Date.now();
  await rows("delete from activity_minute");
  const database = openDatabase({ url: system.databaseUrl, name: "a day of activity", poolMax: 1 });
  for (let ago = minutes; ago >= 0; ago -= 1) {
    const minute = new Date(Math.floor((now - ago * minuteMs) / minuteMs) * minuteMs);
    const isSlow = ago <= slowFrom && ago > slowFrom - slowFor;
    const events = eventsIn(minute, ago);
    await recordActivity(database, {
      ...{ minute, events, sales: Math.round(events * 0.92), absorbed: 0, duplicates: ago % 97 === 0 ? 2 : 0 },
      receiptToCommit: spread(events, isSlow ? 900 : 9 + (ago % 7)),
      saleToCommit: spread(events, isSlow ? 6_000 : 700 + ((ago * 37) % 300)),
      depth: { waiting: isSlow ? 180 + ((ago * 13) % 60) : (ago * 7) % 5, deferred: ago % 240 < 2 ? 12 : 0, failed: 5 },
    });
  }
  await database.close();
}

/**
 * Makes the records as old as what they tell of: the retailer's two nights were played through in seconds. What is on hand
 * and what adds up to it stays as it is.
 * @param zone of the schedule that asked for the resets
 */
export async function ageRecords({ rows }: Pick<DatabaseClient, "rows">, zone: string): Promise<void> {
  await rows(`update movement set recorded_at = occurred_at + interval '3 seconds' where not absorbed`);
  await rows(
    `update facility_reset f set finished_at = r.as_of + (f.finished_at - r.created_at) + interval '4 minutes'
       from reset r where r.id = f.reset_id`,
  );
  await rows(
    `update reset set finished_at = as_of + (finished_at - created_at) + interval '4 minutes', created_at = as_of + interval '4 minutes',
            requested_by = 'schedule ' || to_char((as_of + interval '4 minutes') at time zone $1::text, 'YYYY-MM-DD"T"HH24:MI') || '[' || $1::text || ']'`,
    [zone],
  );
  // It is raised anew within seconds, with the time since when it is so.
  await rows("delete from alarm where kind = 'facility-held'");
}

/** More by day than by night, never quite even. */
function eventsIn(minute: Date, ago: number): number {
  const hour = minute.getUTCHours() + minute.getUTCMinutes() / 60;
  const day = Math.max(0, Math.sin(((hour - 5) / 18) * Math.PI));
  const uneven = 0.75 + ((ago * 7919) % 101) / 200;
  return Math.round(busiestPerMinute * (0.08 + 0.92 * day) * uneven);
}

/** Most of them near the middle, some at up to three times of it. */
function spread(events: number, middleMs: number): number[] {
  const counts = noLatencies();
  for (let index = 0; index < events; index += 1) {
    const bucket = latencyBucket(middleMs * (0.6 + ((index * 29) % 100) / (index % 12 === 0 ? 40 : 120)));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}
