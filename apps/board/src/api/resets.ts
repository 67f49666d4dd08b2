// Resets: how each went.
import { listResets, readReset } from "@inventory-sync/db";
import { z } from "zod";
import { pageLimit, pageOf, pageParameters, pathResetId, readCursor, unknownReset, writeCursor } from "../asked.ts";
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
});

const resetPlace = z.object({ createdAt: z.coerce.date<string>(), id: z.uuid() });

/** GET /api/resets */
export const getResets: Endpoint = {
  method: "get",
  path: "/api/resets",
  access: "viewer",
  summary: "Resets, newest first",
  query: pageParameters,
  answers: { 200: { description: "A page of resets", schema: pageOf(resetSchema) } },
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
  summary: "One reset, facility by facility",
  answers: { 200: { description: "The reset", schema: resetSchema } },
  async handle({ database }, request, response) {
    const reset = await readReset(database, pathResetId(request));
    if (!reset) throw unknownReset();
    response.json(reset);
  },
};
