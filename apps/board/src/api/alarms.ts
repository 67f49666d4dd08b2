// What is firing, what is resolved, and acknowledging an alarm.
import {
  type AlarmRecord,
  acknowledgeAlarm,
  acknowledgement,
  acknowledging,
  alarmRecord,
  listAlarms,
} from "@inventory-sync/operator";
import { z } from "zod";
import {
  cursorParameter,
  LIMIT_MAX,
  limitParameter,
  pageLimit,
  pageOf,
  pathName,
  queryWord,
  readCursor,
  writeCursor,
} from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { apiWrite } from "./calls.ts";
import { asCsv, sendFitting } from "./listed.ts";

/** Where a page of alarms ended: behind so many, of which this was the last. */
const alarmPlace = z.object({ behind: z.int().min(1).max(1_000_000), key: z.string() });

export const getAlarms: Endpoint = {
  method: "get",
  path: "/api/alarms",
  access: "viewer",
  summary:
    "The alarms that are firing: not acknowledged before acknowledged, the worst kind first; or those that are resolved, newest first",
  query: [
    {
      name: "state",
      description: "ringing (firing), or cleared (resolved): those of the last 90 days",
      schema: { type: "string", enum: ["ringing", "cleared"], default: "ringing" },
    },
    {
      ...limitParameter,
      description: `${limitParameter.description}. Of firing ones ${LIMIT_MAX} when it is left out`,
    },
    cursorParameter,
  ],
  answers: { 200: { description: "A page of them", schema: pageOf(alarmRecord) } },
  async handle({ database }, request, response) {
    const isFiring = queryWord(request, "state", ["ringing", "cleared"]) !== "cleared";
    const after = readCursor(request, alarmPlace);
    const limitMax = pageLimit(request, isFiring ? LIMIT_MAX : undefined);
    // One more than the page needs, to know whether there is another.
    const seen = await listAlarms(database, isFiring ? "firing" : "resolved", (after?.behind ?? 0) + limitMax + 1);
    const begin = after === undefined ? 0 : beginBehind(seen, after);
    await sendFitting(response, limitMax, async (limit) => {
      const items = seen.slice(begin, begin + limit);
      const place = { behind: begin + items.length, key: items.at(-1)?.key ?? "" };
      return {
        rows: items.length,
        page: { items, nextCursor: place.behind < seen.length ? writeCursor(place) : null },
      };
    });
  },
};

/** Where the next page begins. What came meanwhile has an alarm told twice; several that went at once, one left out. */
function beginBehind(alarms: readonly AlarmRecord[], { behind, key }: z.infer<typeof alarmPlace>): number {
  const at = alarms.slice(0, behind).findIndex((alarm) => alarm.key === key);
  return at === -1 ? behind - 1 : at + 1;
}

export const getAlarmsCsv = asCsv({
  path: "/api/alarms",
  access: "viewer",
  summary: "The alarms that are firing, then those that were resolved in the last 90 days",
  item: alarmRecord,
  async *pages({ database }) {
    yield await listAlarms(database, "firing");
    yield await listAlarms(database, "resolved");
  },
});

export const postAcknowledgement = apiWrite({
  path: "/api/alarms/{key}/acknowledge",
  summary: `Acknowledges an alarm, with a note. ${acknowledging.says}`,
  body: acknowledgement,
  what: acknowledging.what,
  target: ({ request }) => acknowledging.target(pathName(request, "key")),
  answer: {
    description: "Acknowledged",
    schema: z.object({ key: z.string(), by: z.string(), note: z.string().nullable() }),
  },
  refusals: { 409: "It is resolved, or has fired again since the time that `since` names" },
  async act({ database }, { request, body, who }) {
    const answer = await acknowledgeAlarm(database, pathName(request, "key"), body, who);
    return { answer, outcome: acknowledging.outcome(answer) };
  },
});
