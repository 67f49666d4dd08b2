// What every page needs to know of its request: who reads it, the zone and theme they chose, what the page listens to, and the
// counts beside the navigation.
import { isOutage } from "@inventory-sync/db";
import { isUnacknowledged, listAlarms } from "@inventory-sync/operator";
import { cached, withinMs } from "@inventory-sync/runtime";
import type { Request, Response } from "express";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { type Identity, identityOf } from "../people/identity.ts";
import type { Away } from "../problem.ts";
import { time } from "./html.ts";
import type { Topic } from "./live.ts";
import type { WriteTime } from "./pieces.ts";
import { chosenTheme, chosenZone, type Preferences } from "./preferences.ts";

/** Everything that a page needs to know of its request. */
export interface PageContext extends Preferences {
  readonly identity: Identity;
  /** Whether buttons that act are shown. */
  readonly mayAct: boolean;
  /** What the page listens to, with the digest of what it is made from. */
  readonly live: { readonly topic: string; readonly seen: string } | undefined;
  readonly waiting: Waiting;
  /** How old at most what the page shows is, in ms, where it was read from a replica. */
  readonly ageMs: number | undefined;
  /** What approving does with products that a file does not list. */
  readonly absentRows: "keep" | "zero";
  /** Writes a time in the zone, or a dash. */
  readonly time: WriteTime;
}

/** The context of a page. @param topic whose changes renew the page */
export async function pageContext(
  parts: Parts,
  request: Request,
  response: Response,
  topic?: string,
): Promise<PageContext> {
  const identity = identityOf(response);
  const [live, waiting] = await Promise.all([liveFrom(parts, topic), waitingNow(parts)]);
  const zone = chosenZone(request) ?? parts.timeZone;
  return {
    identity,
    zone,
    live,
    waiting,
    ageMs: parts.ageMs?.(),
    mayAct: identity.role === "operator",
    resetZone: parts.timeZone,
    absentRows: parts.reconcile.absentRows,
    theme: chosenTheme(request),
    path: request.originalUrl,
    time: (moment, style) => time(moment, zone, style),
  };
}

async function liveFrom(parts: Parts, topic: string | undefined): Promise<PageContext["live"]> {
  return topic === undefined ? undefined : { topic, seen: await parts.live.digest(topic) };
}

/** How much waits for a person, shown beside the navigation, and which server is away. What cannot be had counts as 0. */
interface Waiting {
  /** Those that are not acknowledged. */
  readonly alarms: number;
  readonly failed: number;
  readonly away: Away | undefined;
}

const FRESH_MS = 2_000;
const ASK_MS_MAX = 500;

/** As it was at most two seconds ago: it is on every page, so it is asked for once for all readers. */
export const waitingNow = cached(FRESH_MS, async ({ database, queues }: Parts): Promise<Waiting> => {
  let away: Away | undefined = queues.isConnected() ? undefined : "queue";
  const [alarms, failed] = await Promise.all([
    withinMs(ASK_MS_MAX, listAlarms(database, "firing"))
      .then((firing) => firing.filter(isUnacknowledged).length)
      .catch((error: unknown) => {
        // One that is only slow is not away.
        if (isOutage(error)) away = "database";
        return 0;
      }),
    queues.isConnected() ? withinMs(ASK_MS_MAX, failedJobs(queues)).catch(() => 0) : 0,
  ]);
  return { alarms, failed, away };
});

async function failedJobs(queues: Parts["queues"]): Promise<number> {
  const counts = await queues.counts();
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
