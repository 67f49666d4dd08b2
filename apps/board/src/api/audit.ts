// The audit log, for operators to read.
import { listActions } from "@inventory-sync/db";
import { z } from "zod";
import { pageLimit, pageOf, pageParameters, readCursor, writeCursor } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";

const actionSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  who: z.string(),
  role: z.string().nullable(),
  by: z.string(),
  what: z.string(),
  target: z.string(),
  outcome: z.string().nullable(),
  address: z.string().nullable(),
});

/** GET /api/audit */
export const getAudit: Endpoint = {
  method: "get",
  path: "/api/audit",
  access: "operator",
  summary: "Who did what to which job and reset, newest first; an outcome of null was never told",
  query: pageParameters,
  answers: { 200: { description: "A page of actions", schema: pageOf(actionSchema) } },
  async handle({ database }, request, response) {
    const limit = pageLimit(request);
    const before = readCursor(request, z.string().regex(/^\d{1,18}$/));
    const { actions, next } = await listActions(database, { before, limit });
    response.json({ items: actions, nextCursor: next === undefined ? null : writeCursor(next) });
  },
};
