// What rings.
import { ringingAlarms } from "@inventory-sync/db";
import { z } from "zod";
import type { Endpoint } from "../endpoint.ts";

const alarmSchema = z.object({
  key: z.string(),
  kind: z.string(),
  message: z.string(),
  since: z.iso.datetime(),
  facilityId: z.string().nullable(),
  resetId: z.uuid().nullable(),
  file: z.string().nullable(),
  runbook: z.string(),
});

/** GET /api/alarms */
export const getAlarms: Endpoint = {
  method: "get",
  path: "/api/alarms",
  access: "viewer",
  summary: "The alarms that ring now, the oldest first",
  answers: { 200: { description: "All of them", schema: z.object({ items: z.array(alarmSchema) }) } },
  async handle({ database }, _request, response) {
    response.json({ items: await ringingAlarms(database) });
  },
};
