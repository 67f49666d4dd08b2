// One event: what became of it.
import { readEvent } from "@inventory-sync/db";
import { z } from "zod";
import { pathId } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { Problem } from "../problem.ts";
import { facilityOfPath } from "./facilities.ts";

const time = z.iso.datetime();

const eventSchema = z.object({
  facilityId: z.string(),
  eventId: z.string(),
  type: z.string(),
  movements: z.array(
    z.object({
      type: z.string(),
      line: z.int(),
      idType: z.string(),
      idValue: z.string(),
      quantity: z.number(),
      effect: z.number(),
      absorbed: z.boolean(),
      occurredAt: time,
      recordedAt: time,
      clockSkew: z.boolean(),
      resetId: z.uuid().nullable(),
      acknowledgedAt: time.nullable(),
      reason: z.string().nullable(),
    }),
  ),
  acknowledges: z
    .object({ shipmentEventId: z.string(), occurredAt: time, recordedAt: time, clockSkew: z.boolean() })
    .nullable(),
});

/** GET /api/facilities/{facilityId}/events/{eventId} */
export const getEvent: Endpoint = {
  method: "get",
  path: "/api/facilities/{facilityId}/events/{eventId}",
  access: "viewer",
  summary: "What became of an event: its movements, and what it acknowledges",
  answers: { 200: { description: "The event as the ledger has it", schema: eventSchema } },
  async handle(parts, request, response) {
    const eventId = pathId(request, "eventId");
    const { facility, facilityId } = await facilityOfPath(parts, request);
    const event = await readEvent(parts.database, { facility, facilityId, eventId });
    if (!event) {
      const detail = `The ledger has nothing of event ${eventId} of facility ${facilityId}: it never came, still waits in the queue, or its job failed (GET /api/jobs/failed).`;
      throw new Problem("not-found", detail);
    }
    response.json(event);
  },
};
