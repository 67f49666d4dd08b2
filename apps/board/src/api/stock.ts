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
import { badParameter, limitParameter, pageLimit, pathId, queryText, queryTime, refuseCursor } from "../asked.ts";
import { type Endpoint, textQuery } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { apiRead } from "./calls.ts";
import { listed } from "./listed.ts";

const FACILITY = "/api/facilities/{facilityId}";
const LEVEL = `${FACILITY}/inventory/{idType}/{idValue}`;

export const stockApi: readonly Endpoint[] = [
  apiRead({
    path: "/api/find",
    summary: "Products, facilities, events, resets and failed jobs by an id, or a part of one; events by the whole id",
    query: [textQuery("q", "What to look for"), limitParameter],
    answer: { description: "What was found, `limit` of each kind at most", schema: foundSchema },
    read(parts, request) {
      const text = queryText(request, "q")?.trim() ?? "";
      if (!isKeptId(text)) throw badParameter("q", "is an id, or a part of one: 1 to 128 printable characters");
      return find(parts, { text, limit: pageLimit(request) });
    },
  }),
  ...listed({
    path: "/api/facilities",
    summary: "Facilities by id: their state, their last reset, when their last event occurred",
    item: facilitySchema,
    place: z.string(),
    read: ({ database }, _request, { after = "", limit }) => listFacilities(database, { after, limit }),
  }),
  ...listed({
    path: `${FACILITY}/inventory`,
    summary: "The levels of one facility",
    item: levelSchema,
    place: z.int32().min(0),
    read: async (parts, request, page) => listLevels(parts.database, await facilityOfPath(parts, request), page),
  }),
  apiRead({
    path: LEVEL,
    summary: "One level, now or as the ledger knew it at a time",
    query: [
      {
        name: "at",
        description: "A time with a zone: the sum of what had been recorded by then",
        schema: { type: "string", format: "date-time" },
      },
    ],
    answer: { description: "The level", schema: levelSchema },
    refusals: { 410: "What it was then is in a file of the archive, which the detail names" },
    async read(parts, request) {
      const at = queryTime(request, "at");
      return readLevel(parts.database, await levelOfPath(parts, request), at);
    },
  }),
  ...listed({
    path: `${LEVEL}/ledger`,
    summary: "The movements of one level, newest first, each with what was on hand after it",
    item: ledgerEntrySchema,
    place: ledgerPlaceSchema,
    async read(parts, request, { after, limit }) {
      const place = await levelOfPath(parts, request);
      // What was never stocked has no ledger: a 404, not an empty page.
      await readLevel(parts.database, place);
      return listLedger(parts.database, place, { before: after, limit }).catch(refuseCursor);
    },
  }),
  apiRead({
    path: `${LEVEL}/explain`,
    summary: "Why one level is what it is: its snapshot and everything since, in lines that add up to onHand",
    answer: { description: "The explanation", schema: explanationSchema },
    read: async (parts, request) => explainLevel(parts.database, await levelOfPath(parts, request)),
  }),
  apiRead({
    path: `${FACILITY}/events/{eventId}`,
    summary: "What became of an event: its movements, and what it acknowledges",
    answer: { description: "The event as the ledger has it", schema: eventSchema },
    refusals: { 410: "All of it is in the archive" },
    async read(parts, request) {
      const eventId = pathId(request, "eventId");
      const place = await facilityOfPath(parts, request);
      return readEvent(parts.database, { ...place, eventId });
    },
  }),
];

/** facility.id of the facility in the path, with its outside id. @throws NotFound */
export function facilityOfPath({ database }: Parts, request: Request) {
  return facilityPlace(database, pathId(request, "facilityId"));
}

/** The level that the path names. @throws NotFound saying which part of it is not known */
export function levelOfPath({ database }: Parts, request: Request): Promise<LevelPlace> {
  const facilityId = pathId(request, "facilityId");
  const names = [{ idType: pathId(request, "idType"), idValue: pathId(request, "idValue") }];
  return levelPlace(database, { facilityId, names });
}
