// What waits for somebody, as counts beside the navigation: on every page, and so asked for at most every few seconds, for
// all who look. What cannot be had is not shown there; the pages themselves say what is wrong.
import { ringingAlarms } from "@inventory-sync/db";
import { withinMs } from "@inventory-sync/runtime";
import type { Parts } from "../../parts.ts";

/** How much waits for somebody. */
export interface Waiting {
  readonly alarms: number;
  readonly failed: number;
}

const FRESH_MS = 2_000;
const ASK_MS_MAX = 500;

const latest = new WeakMap<Parts, { readonly atMs: number; readonly waiting: Promise<Waiting> }>();

/** The counts as they were at most two seconds ago. */
export function waitingNow(parts: Parts): Promise<Waiting> {
  const known = latest.get(parts);
  if (known && performance.now() - known.atMs < FRESH_MS) return known.waiting;
  const waiting = count(parts);
  latest.set(parts, { atMs: performance.now(), waiting });
  return waiting;
}

async function count({ database, queues }: Parts): Promise<Waiting> {
  const orNone = (asked: Promise<number>) => withinMs(ASK_MS_MAX, asked).catch(() => 0);
  const [alarms, failed] = await Promise.all([
    orNone(ringingAlarms(database).then((ringing) => ringing.length)),
    queues.isConnected() ? orNone(failedJobs(queues)) : 0,
  ]);
  return { alarms, failed };
}

async function failedJobs(queues: Parts["queues"]): Promise<number> {
  const counts = await queues.counts();
  return Object.values(counts).reduce((sum, { failed }) => sum + failed, 0);
}
