// What is firing, what is resolved, and acknowledging an alarm.
import { acknowledgeAlarm, acknowledgement, acknowledging, alarmRecord, listAlarms } from "@inventory-sync/operator";
import { z } from "zod";
import { badParameter, pageLimit, pathName, queryText, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { asCsv } from "./listed.ts";

/** GET /api/alarms */
export const getAlarms: Endpoint<"database"> = {
  method: "get",
  path: "/api/alarms",
  access: "viewer",
  summary:
    "The alarms that are firing: not acknowledged before acknowledged, the worst kind first; or those that are resolved, newest first",
  query: [
    {
      name: "state",
      description: "ringing (firing), or cleared (resolved): those of the last 90 days, at most `limit`",
      schema: { type: "string", enum: ["ringing", "cleared"], default: "ringing" },
    },
    { name: "limit", description: "Of resolved ones so many at most", schema: { type: "integer", default: 100 } },
  ],
  answers: { 200: { description: "All of them", schema: z.object({ items: z.array(alarmRecord) }) } },
  async handle({ database }, request, response) {
    const state = queryText(request, "state") ?? "ringing";
    if (state !== "ringing" && state !== "cleared") throw badParameter("state", 'can be "ringing" or "cleared"');
    const limit = pageLimit(request);
    const isFiring = state === "ringing";
    response.json({ items: await listAlarms(database, isFiring ? "firing" : "resolved", isFiring ? null : limit) });
  },
};

/** GET /api/alarms.csv */
export const getAlarmsCsv = asCsv({
  path: "/api/alarms",
  access: "viewer",
  summary: "The alarms that are firing, then those that were resolved in the last 90 days",
  item: alarmRecord,
  async *pages({ database }: Pick<Parts, "database">) {
    yield await listAlarms(database, "firing");
    yield await listAlarms(database, "resolved");
  },
});

/** POST /api/alarms/{key}/acknowledge */
export const postAcknowledgement: Endpoint<"database"> = {
  method: "post",
  path: "/api/alarms/{key}/acknowledge",
  access: "operator",
  summary: `Acknowledges an alarm, with a note. ${acknowledging.says}`,
  body: acknowledgement,
  audit: { what: acknowledging.what, target: (request) => acknowledging.target(pathName(request, "key")) },
  answers: {
    200: {
      description: "Acknowledged",
      schema: z.object({ key: z.string(), by: z.string(), note: z.string().nullable() }),
    },
    409: { description: "It is resolved, or has fired again since the time that `since` names" },
  },
  async handle({ database }, request, response) {
    const key = pathName(request, "key");
    const { name } = identityOf(response);
    const { done, outcome } = await acknowledgeAlarm(database, key, readBody(request, acknowledgement), name);
    sayOutcome(response, outcome);
    response.json(done);
  },
};
