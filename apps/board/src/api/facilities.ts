// Facilities: which there are and how they are.
import { facilityNumber, listFacilities } from "@inventory-sync/db";
import type { Request } from "express";
import { z } from "zod";
import { pageLimit, pageOf, pageParameters, pathId, readCursor, writeCursor } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { Problem } from "../problem.ts";

const time = z.iso.datetime();

const facilitySchema = z.object({
  facilityId: z.string(),
  state: z.enum(["open", "reconciling", "held"]),
  lastReset: z
    .object({ resetId: z.uuid(), state: z.string(), asOf: time.nullable(), finishedAt: time.nullable() })
    .nullable(),
  lastEventAt: time.nullable(),
});

/** GET /api/facilities */
export const getFacilities: Endpoint = {
  method: "get",
  path: "/api/facilities",
  access: "viewer",
  summary: "Facilities by id: their state, their last reset, when their last event occurred",
  query: pageParameters,
  answers: { 200: { description: "A page of facilities", schema: pageOf(facilitySchema) } },
  async handle({ database }, request, response) {
    const limit = pageLimit(request);
    const after = readCursor(request, z.string()) ?? "";
    const found = await listFacilities(database, { after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const nextCursor = found.length > limit ? writeCursor(items.at(-1)?.facilityId) : null;
    response.json({ items, nextCursor });
  },
};

/** facility.id of the facility in the path, with its outside id. @throws Problem 404 */
export async function facilityOfPath({ database }: Parts, request: Request) {
  const facilityId = pathId(request, "facilityId");
  const facility = await facilityNumber(database, facilityId);
  if (facility === undefined) throw unknownFacility(facilityId);
  return { facilityId, facility };
}

/** The refusal of a facility that nobody has heard of. */
export function unknownFacility(facilityId: string): Problem {
  return new Problem("not-found", `There is no facility ${facilityId}. GET /api/facilities lists them.`);
}
