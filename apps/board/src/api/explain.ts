// Why is this number what it is?
import { explainLevel } from "@inventory-sync/db";
import { z } from "zod";
import type { Endpoint } from "../endpoint.ts";
import { levelOfPath, movementSchema, neverStocked } from "./levels.ts";

const time = z.iso.datetime();

const line = z.object({
  what: z.enum(["counted", "sale", "return", "adjustment", "shipment", "remainder"]),
  quantity: z.number(),
  movements: z.int(),
  firstAt: time.nullable(),
  lastAt: time.nullable(),
});

const correction = z.object({
  before: z.number(),
  counted: z.number(),
  lateSales: z.number(),
  shipments: z.number(),
  unexplained: z.number(),
  after: z.number(),
});

const explanationSchema = z.object({
  facilityId: z.string(),
  idType: z.string(),
  idValue: z.string(),
  otherIds: z.array(z.object({ idType: z.string(), idValue: z.string() })),
  onHand: z.number(),
  snapshot: z
    .object({
      resetId: z.uuid().nullable(),
      file: z.string().nullable(),
      asOf: time,
      asOfFrom: z.string().nullable(),
      appliedAt: time.nullable(),
      requestedBy: z.string().nullable(),
      approvedBy: z.string().nullable(),
      counted: z.number(),
      countedFrom: z.enum(["correction", "ledger"]),
      correction: correction.nullable(),
    })
    .nullable(),
  lines: z.array(line),
  absorbed: z.array(line),
  pendingShipments: z.array(
    z.object({ eventId: z.string(), quantity: z.number(), occurredAt: time, acknowledgedAt: time.nullable() }),
  ),
  corrections: z.array(
    correction.extend({
      resetId: z.uuid(),
      file: z.string(),
      state: z.string(),
      asOf: time.nullable(),
      at: time.nullable(),
      decidedBy: z.string().nullable(),
    }),
  ),
  movements: z.array(movementSchema),
});

/** GET …/explain */
export const getExplanation: Endpoint = {
  method: "get",
  path: "/api/facilities/{facilityId}/inventory/{idType}/{idValue}/explain",
  access: "viewer",
  summary: "Why one level is what it is: its snapshot and everything since, in lines that add up to onHand",
  answers: { 200: { description: "The explanation", schema: explanationSchema } },
  async handle(parts, request, response) {
    const place = await levelOfPath(parts, request);
    const explanation = await explainLevel(parts.database, place);
    if (!explanation) throw neverStocked(place);
    response.json(explanation);
  },
};
