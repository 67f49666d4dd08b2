// Levels: what is on hand, now or as the ledger knew it, and the movements behind it.
import { findLevelPlace, type LevelPlace, listLedger, listLevels, readLevel, readLevelAt } from "@inventory-sync/db";
import type { Request } from "express";
import { z } from "zod";
import { pageLimit, pageOf, pageParameters, pathId, queryTime, readCursor, writeCursor } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { Problem } from "../problem.ts";
import { facilityOfPath, unknownFacility } from "./facilities.ts";

const time = z.iso.datetime();

const levelSchema = z.object({
  facilityId: z.string(),
  idType: z.string(),
  idValue: z.string(),
  onHand: z.number(),
  asOf: time.nullable(),
  updatedAt: time.nullable(),
});

/** One movement of a ledger. */
export const movementSchema = z.object({
  type: z.string(),
  eventId: z.string(),
  line: z.int(),
  quantity: z.number(),
  effect: z.number(),
  absorbed: z.boolean(),
  occurredAt: time,
  recordedAt: time,
  resetId: z.uuid().nullable(),
  onHandAfter: z.number(),
});

/** GET /api/facilities/{facilityId}/inventory */
export const getInventory: Endpoint = {
  method: "get",
  path: "/api/facilities/{facilityId}/inventory",
  access: "viewer",
  summary: "The levels of one facility",
  query: pageParameters,
  answers: { 200: { description: "A page of levels", schema: pageOf(levelSchema) } },
  async handle(parts, request, response) {
    const limit = pageLimit(request);
    const afterProduct = readCursor(request, z.int32().min(0)) ?? 0;
    const { facility, facilityId } = await facilityOfPath(parts, request);
    const { levels, lastProduct } = await listLevels(parts.database, { facility, facilityId, afterProduct, limit });
    const more =
      levels.length === limit &&
      (await listLevels(parts.database, { facility, facilityId, afterProduct: lastProduct, limit: 1 })).levels.length >
        0;
    response.json({ items: levels, nextCursor: more ? writeCursor(lastProduct) : null });
  },
};

/** GET /api/facilities/{facilityId}/inventory/{idType}/{idValue} */
export const getLevel: Endpoint = {
  method: "get",
  path: "/api/facilities/{facilityId}/inventory/{idType}/{idValue}",
  access: "viewer",
  summary: "One level, now or as the ledger knew it at a time",
  query: [
    {
      name: "at",
      description: "A time with a zone: the sum of what had been recorded by then",
      schema: { type: "string", format: "date-time" },
    },
  ],
  answers: { 200: { description: "The level", schema: levelSchema } },
  async handle(parts, request, response) {
    const at = queryTime(request, "at");
    const place = await levelOfPath(parts, request);
    const level = await (at ? readLevelAt(parts.database, place, at) : readLevel(parts.database, place));
    if (!level) throw neverStocked(place);
    response.json(level);
  },
};

const ledgerPlace = z.object({
  seq: z.string().regex(/^\d{1,18}$/),
  onHand: z.string().regex(/^-?\d{1,20}(\.\d{1,4})?$/),
});

/** GET …/ledger */
export const getLedger: Endpoint = {
  method: "get",
  path: "/api/facilities/{facilityId}/inventory/{idType}/{idValue}/ledger",
  access: "viewer",
  summary: "The movements of one level, newest first, each with what was on hand after it",
  query: pageParameters,
  answers: { 200: { description: "A page of movements", schema: pageOf(movementSchema) } },
  async handle(parts, request, response) {
    const limit = pageLimit(request);
    const before = readCursor(request, ledgerPlace);
    const place = await levelOfPath(parts, request);
    if (!(await readLevel(parts.database, place))) throw neverStocked(place);
    const { entries, next } = await listLedger(parts.database, place, { before, limit });
    response.json({ items: entries, nextCursor: next ? writeCursor(next) : null });
  },
};

/** The level that the path names. @throws Problem 404 saying which part of it is not known */
export async function levelOfPath({ database }: Parts, request: Request): Promise<LevelPlace> {
  const facilityId = pathId(request, "facilityId");
  const asked = { facilityId, idType: pathId(request, "idType"), idValue: pathId(request, "idValue") };
  const place = await findLevelPlace(database, asked);
  if (place === "facility") throw unknownFacility(facilityId);
  if (place === "product") throw new Problem("not-found", `There is no product with ${asked.idType} ${asked.idValue}.`);
  return place;
}

/** The refusal of a product that a facility never had. */
export function neverStocked({ facilityId, idType, idValue }: LevelPlace): Problem {
  return new Problem(
    "not-found",
    `Facility ${facilityId} has never had ${idType} ${idValue}: neither a movement nor a count of it.`,
  );
}
