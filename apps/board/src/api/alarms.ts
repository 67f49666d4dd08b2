// What rings, what is over, and taking an alarm on.
import { acknowledgeAlarm, clearedAlarms, ringingAlarms } from "@inventory-sync/db";
import { isPrintable } from "@inventory-sync/domain";
import type { Request } from "express";
import { z } from "zod";
import { badParameter, pageLimit, pathName, queryText, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import { identityOf } from "../people/identity.ts";
import { Problem } from "../problem.ts";

const NOTE_CHARACTERS_MAX = 500;

const time = z.iso.datetime();

const alarmSchema = z.object({
  key: z.string(),
  kind: z.string(),
  message: z.string(),
  since: time,
  facilityId: z.string().nullable(),
  resetId: z.uuid().nullable(),
  file: z.string().nullable(),
  runbook: z.string(),
  acknowledged: z.object({ by: z.string(), at: time, note: z.string().nullable() }).nullable(),
  toldAt: time.nullable().optional(),
  clearedAt: time.optional(),
});

/** GET /api/alarms */
export const getAlarms: Endpoint = {
  method: "get",
  path: "/api/alarms",
  access: "viewer",
  summary: "The alarms that ring now, the oldest first; or those that are over, the newest first",
  query: [
    {
      name: "state",
      description: "ringing, or cleared: those of the last 90 days, at most `limit`",
      schema: { type: "string", enum: ["ringing", "cleared"], default: "ringing" },
    },
    { name: "limit", description: "Of cleared ones so many at most", schema: { type: "integer", default: 100 } },
  ],
  answers: { 200: { description: "All of them", schema: z.object({ items: z.array(alarmSchema) }) } },
  async handle({ database }, request, response) {
    const state = queryText(request, "state") ?? "ringing";
    if (state !== "ringing" && state !== "cleared") throw badParameter("state", 'can be "ringing" or "cleared"');
    const limit = pageLimit(request);
    response.json({
      items: state === "ringing" ? await ringingAlarms(database) : await clearedAlarms(database, limit),
    });
  },
};

const acknowledgement = z.strictObject({
  note: z
    .string()
    .trim()
    .max(NOTE_CHARACTERS_MAX, `must have at most ${NOTE_CHARACTERS_MAX} characters`)
    .refine((text) => isPrintable(text.replace(/[\r\n\t]/g, "")), "must be printable text")
    .optional(),
  since: z.iso.datetime({ offset: true, error: 'must be the alarm\'s "since"' }).optional(),
});

/** POST /api/alarms/{key}/acknowledge */
export const postAcknowledgement: Endpoint = {
  method: "post",
  path: "/api/alarms/{key}/acknowledge",
  access: "operator",
  summary:
    "Takes an alarm on, with a note: it rings on, but is told no more until it clears or has grown to twice its size",
  body: acknowledgement,
  audit: { what: "acknowledge an alarm", target: (request) => `alarm ${pathName(request, "key")}` },
  answers: {
    200: {
      description: "Taken on",
      schema: z.object({ key: z.string(), by: z.string(), note: z.string().nullable() }),
    },
    409: { description: "It is over, or another has begun since the one that `since` names" },
  },
  async handle({ database }, request, response) {
    const key = pathName(request, "key");
    const { note, since } = readBody(request, acknowledgement);
    const noted = { by: identityOf(response).name, note: note || null };
    const expected = { key, since: since === undefined ? undefined : new Date(since) };
    const outcome = await acknowledgeAlarm(database, expected, noted);
    if (outcome !== "acknowledged") throw notTaken(request, outcome);
    if (noted.note !== null) sayOutcome(response, `acknowledged: ${noted.note}`);
    response.json({ key, ...noted });
  },
};

function notTaken(request: Request, why: "cleared" | "rang anew" | "unknown"): Problem {
  const key = pathName(request, "key");
  if (why === "unknown") return new Problem("not-found", `There is no alarm ${key}. GET /api/alarms lists what rings.`);
  const what = why === "cleared" ? "is over already" : "was over and has begun anew since you looked";
  return new Problem("conflict", `The alarm ${key} ${what}; nothing was changed. Look at the alarms again.`);
}
