// Resets: how each went.
import { listResets, readReset } from "@inventory-sync/db";
import { z } from "zod";
import {
  cursorParameter,
  cursorTime,
  LIMIT_MAX,
  limitParameter,
  pageLimit,
  pageOf,
  pageParameters,
  pathResetId,
  readCursor,
  unknownReset,
  writeCursor,
} from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";

/** One facility's part of a reset. */
export const facilityResetSchema = z.object({
  facilityId: z.string(),
  state: z.enum(["pending", "reconciling", "applied", "held", "rejected", "stale", "failed", "reverted"]),
  rows: z.int(),
  rejected: z.int(),
  corrected: z.int(),
  unitsBefore: z.number(),
  unitsAfter: z.number(),
  lateSales: z.number(),
  shipments: z.number(),
  unexplained: z.number(),
  stale: z.int(),
  absent: z.int(),
  borderline: z.int(),
  heldBecause: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: z.iso.datetime().nullable(),
  lockedMs: z.int().nullable(),
  error: z.string().nullable(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});

const resetSchema = z.object({
  id: z.uuid(),
  file: z.string(),
  sha256: z.string().nullable(),
  asOf: z.iso.datetime().nullable(),
  asOfFrom: z.string().nullable(),
  state: z.enum(["staging", "reconciling", "completed", "completed-with-holds", "failed", "preview", "reverted"]),
  outcome: z.string().nullable(),
  preview: z.boolean(),
  requestedBy: z.string(),
  rows: z.int(),
  rejected: z.int(),
  skipped: z.int(),
  facilities: z.array(facilityResetSchema),
  timings: z.record(z.string(), z.number()),
  /** Where the next page of facilities begins; null at the end. */
  nextCursor: z.string().nullable(),
});

const resetListed = resetSchema
  .omit({ facilities: true, nextCursor: true })
  .extend({ facilityCounts: z.partialRecord(facilityResetSchema.shape.state, z.int()) });

/** Where a page of resets begins. */
export const resetPlace = z.object({ createdAt: cursorTime, id: z.uuid() });

/** GET /api/resets */
export const getResets: Endpoint = {
  method: "get",
  path: "/api/resets",
  access: "viewer",
  summary: "Resets, newest first, each with how many of its facilities are in which state",
  query: pageParameters,
  answers: { 200: { description: "A page of resets", schema: pageOf(resetListed) } },
  async handle({ database }, request, response) {
    const limit = pageLimit(request);
    const { resets, next } = await listResets(database, { after: readCursor(request, resetPlace), limit });
    response.json({ items: resets, nextCursor: next ? writeCursor(next) : null });
  },
};

/** GET /api/resets/{id} */
export const getReset: Endpoint = {
  method: "get",
  path: "/api/resets/{id}",
  access: "viewer",
  summary:
    "One reset, facility by facility; of more than a thousand facilities, or of more than `limit`, a page of them",
  query: [{ ...limitParameter, schema: { ...limitParameter.schema, default: LIMIT_MAX } }, cursorParameter],
  answers: { 200: { description: "The reset", schema: resetSchema } },
  async handle({ database }, request, response) {
    const reset = await readReset(database, pathResetId(request));
    if (!reset) throw unknownReset();
    const after = readCursor(request, z.string());
    const left =
      after === undefined ? reset.facilities : reset.facilities.filter(({ facilityId }) => facilityId > after);
    const facilities = left.slice(0, pageLimit(request, LIMIT_MAX));
    const last = facilities.at(-1);
    const nextCursor = last && left.length > facilities.length ? writeCursor(last.facilityId) : null;
    response.json({ ...reset, facilities, nextCursor });
  },
};
