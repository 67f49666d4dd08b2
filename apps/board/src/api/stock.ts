// The API of stock: facilities, levels now or as the ledger knew them at a time, the movements behind them, why they are what
// they are, and single events.
import { isKeptId } from "@inventory-sync/domain";
import {
  eventSchema,
  explainLevel,
  explanationSchema,
  facilityPlace,
  facilitySchema,
  find,
  foundSchema,
  type LevelPlace,
  ledgerEntrySchema,
  ledgerPlaceSchema,
  levelPlace,
  levelSchema,
  listFacilities,
  listLedger,
  listLevels,
  readEvent,
  readLevel,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { z } from "zod";
import { badParameter, limitParameter, pageLimit, pathId, queryText, queryTime } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { listed } from "./listed.ts";

const FACILITY = "/api/facilities/{facilityId}";
const LEVEL = `${FACILITY}/inventory/{idType}/{idValue}`;

/** The API's endpoints of stock. */
export const stockApi: readonly Endpoint<"database" | "queues">[] = [
  {
    method: "get",
    path: "/api/find",
    access: "viewer",
    summary: "Products, facilities, events, resets and failed jobs by an id, or a part of one; events by the whole id",
    query: [{ name: "q", description: "What to look for", schema: { type: "string" } }, limitParameter],
    answers: { 200: { description: "What was found, `limit` of each kind at most", schema: foundSchema } },
    async handle(parts, request, response) {
      const text = queryText(request, "q")?.trim() ?? "";
      if (!isKeptId(text)) throw badParameter("q", "is an id, or a part of one: 1 to 128 printable characters");
      response.json(await find(parts, { text, limit: pageLimit(request) }));
    },
  },
  ...listed({
    path: "/api/facilities",
    access: "viewer",
    summary: "Facilities by id: their state, their last reset, when their last event occurred",
    item: facilitySchema,
    place: z.string(),
    read: ({ database }: Pick<Parts, "database">, _request, { after = "", limit }) =>
      listFacilities(database, { after, limit }),
  }),
  ...listed({
    path: `${FACILITY}/inventory`,
    access: "viewer",
    summary: "The levels of one facility",
    item: levelSchema,
    place: z.int32().min(0),
    read: async (parts: Pick<Parts, "database">, request, page) =>
      listLevels(parts.database, await facilityOfPath(parts, request), page),
  }),
  {
    method: "get",
    path: LEVEL,
    access: "viewer",
    summary: "One level, now or as the ledger knew it at a time",
    query: [
      {
        name: "at",
        description: "A time with a zone: the sum of what had been recorded by then",
        schema: { type: "string", format: "date-time" },
      },
    ],
    answers: {
      200: { description: "The level", schema: levelSchema },
      410: { description: "What it was then is in a file of the archive, which the detail names" },
    },
    async handle(parts, request, response) {
      const at = queryTime(request, "at");
      response.json(await readLevel(parts.database, await levelOfPath(parts, request), at));
    },
  },
  ...listed({
    path: `${LEVEL}/ledger`,
    access: "viewer",
    summary: "The movements of one level, newest first, each with what was on hand after it",
    item: ledgerEntrySchema,
    place: ledgerPlaceSchema,
    async read(parts: Pick<Parts, "database">, request, { after, limit }) {
      const place = await levelOfPath(parts, request);
      // What was never stocked has no ledger: a 404, not an empty page.
      await readLevel(parts.database, place);
      return listLedger(parts.database, place, { before: after, limit });
    },
  }),
  {
    method: "get",
    path: `${LEVEL}/explain`,
    access: "viewer",
    summary: "Why one level is what it is: its snapshot and everything since, in lines that add up to onHand",
    answers: { 200: { description: "The explanation", schema: explanationSchema } },
    async handle(parts, request, response) {
      response.json(await explainLevel(parts.database, await levelOfPath(parts, request)));
    },
  },
  {
    method: "get",
    path: `${FACILITY}/events/{eventId}`,
    access: "viewer",
    summary: "What became of an event: its movements, and what it acknowledges",
    answers: {
      200: { description: "The event as the ledger has it", schema: eventSchema },
      410: { description: "All of it is in the archive" },
    },
    async handle(parts, request, response) {
      const eventId = pathId(request, "eventId");
      const place = await facilityOfPath(parts, request);
      response.json(await readEvent(parts.database, { ...place, eventId }));
    },
  },
];

/** facility.id of the facility in the path, with its outside id. @throws NotFound */
export function facilityOfPath({ database }: Pick<Parts, "database">, request: Request) {
  return facilityPlace(database, pathId(request, "facilityId"));
}

/** The level that the path names. @throws NotFound saying which part of it is not known */
export function levelOfPath({ database }: Pick<Parts, "database">, request: Request): Promise<LevelPlace> {
  const facilityId = pathId(request, "facilityId");
  const names = [{ idType: pathId(request, "idType"), idValue: pathId(request, "idValue") }];
  return levelPlace(database, { facilityId, names });
}
