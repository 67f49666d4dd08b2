// What every page needs to know of its request: who reads it, the zone and theme they chose, what the page listens to, and the
// counts beside the navigation.
import { isOutage } from "@inventory-sync/db";
import { isUnacknowledged, listAlarms } from "@inventory-sync/operator";
import { cached, withinMs } from "@inventory-sync/runtime";
import type { Response } from "express";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import type { Away } from "../problem.ts";
import { time } from "./html.ts";
import type { Topic } from "./live.ts";
import type { WriteTime } from "./pieces.ts";
import { chosenTheme, chosenZone, type Preferences } from "./preferences.ts";

/** Everything that a page needs to know of its request. */
export type PageContext = Awaited<ReturnType<typeof pageContext>>;

/** The context of a page. @param topic whose changes renew the page */
export async function pageContext(parts: Parts, response: Response, topic?: string) {
  const request = response.req;
  const identity = identityOf(response);
  const [seen, waiting] = await Promise.all([topic === undefined ? "" : parts.live.digest(topic), waitingNow(parts)]);
  const zone = chosenZone(request) ?? parts.timeZone;
  const preferences: Preferences = {
    zone,
    resetZone: parts.timeZone,
    theme: chosenTheme(request),
    path: request.originalUrl,
  };
  /** Writes a time in the zone, or a dash. */
  const writeTime: WriteTime = (moment, style) => time(moment, zone, style);
  return {
    ...preferences,
    identity,
    /** Whether buttons that act are shown. */
    mayAct: identity.role === "operator",
    /** What the page listens to, with the digest of what it is made from. */
    live: topic === undefined ? undefined : { topic, seen },
    waiting,
    /** How old at most what the page shows is, where it was read from a replica. */
    ageMs: parts.ageMs?.(),
    /** What approving does with products that a file does not list. */
    absentRows: parts.reconcile.absentRows,
    time: writeTime,
  };
}

const FRESH_MS = 2_000;
const ASK_MS_MAX = 500;

/**
 * How many alarms are not acknowledged and how many jobs have failed, shown beside the navigation, and which server is away; what cannot
 * be had counts as 0. As it was at most two seconds ago: it is on every page, so it is asked for once for all readers.
 */
export const waitingNow = cached(FRESH_MS, async ({ database, queues }: Parts) => {
  let away: Away | undefined = queues.isConnected() ? undefined : "queue";
  const [alarms, failed] = await Promise.all([
    withinMs(ASK_MS_MAX, listAlarms(database, "firing"))
      .then((firing) => firing.filter(isUnacknowledged).length)
      .catch((error: unknown) => {
        // One that is only slow is not away.
        if (isOutage(error)) away = "database";
        return 0;
      }),
    queues.isConnected() ? withinMs(ASK_MS_MAX, queues.counts()).then(failedIn, () => 0) : 0,
  ]);
  return { alarms, failed, away };
});

function failedIn(counts: Awaited<ReturnType<Parts["queues"]["counts"]>>): number {
  return Object.values(counts).reduce((sum, { failed }) => sum + failed, 0);
}

/** What the pages among these listen to. Each topic also tells when a server goes away and when it is back. */
export function topicsOf(endpoints: readonly Endpoint[]): Topic<Parts>[] {
  const own = new Set(endpoints.flatMap(({ topic }) => topic ?? []));
  return [...own].map((topic) => ({
    ...topic,
    read: async (parts, about) => [(await waitingNow(parts)).away, await topic.read(parts, about)],
  }));
}
