// What clients sent that was refused, and how many requests each of them sends.
import {
  clientRequests,
  listClientRequests,
  listRefused,
  type RefusedFilter,
  refusedPlace,
  refusedRecord,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { z } from "zod";
import { badParameter, queryText, queryTime } from "../asked.ts";
import { type QueryParameter, textQuery } from "../endpoint.ts";
import { apiRead } from "./calls.ts";
import { listed } from "./listed.ts";

const DAY_MS = 86_400_000;

/** The parameters that choose refused requests. */
export const refusedParameters: readonly QueryParameter[] = [
  textQuery("client", "Only of this client"),
  { name: "status", description: "Only with this HTTP status, such as 422", schema: { type: "integer" } },
  textQuery("code", "Only with this code, such as invalid"),
  textQuery("id", "Only the request of this id, or with this first event"),
  { name: "since", description: "Only from this time on", schema: { type: "string", format: "date-time" } },
  { name: "until", description: "Only before this time", schema: { type: "string", format: "date-time" } },
];

/** The filter of a request. @param timeOf how a time of the query is read @throws Problem 400 */
export function refusedFilter(request: Request, timeOf = queryTime): RefusedFilter {
  const status = queryText(request, "status");
  if (status !== undefined && !/^[45]\d\d$/.test(status))
    throw badParameter("status", "must be an HTTP status from 400 to 599");
  const texts = {
    client: queryText(request, "client"),
    code: queryText(request, "code"),
    id: queryText(request, "id"),
  };
  const times = { since: timeOf(request, "since"), until: timeOf(request, "until") };
  return { ...texts, ...times, status: status === undefined ? undefined : Number(status) };
}

export const getRequests = listed({
  path: "/api/requests",
  summary:
    "The requests that ingest refused in the last week, newest first; of a client that is refused very often, some of them",
  query: refusedParameters,
  item: refusedRecord,
  place: refusedPlace,
  read: ({ database }, request, page) => listRefused(database, refusedFilter(request), page),
});

export const getClientRequests = apiRead({
  path: "/api/requests/clients",
  summary: "How many requests of each client were accepted and refused; the minute that is not over is not in it",
  query: [
    {
      name: "since",
      description: "From this time on, of the last week; a day ago when left out",
      schema: { type: "string", format: "date-time" },
    },
  ],
  answer: {
    description: "Each client, those with the most refused ones first",
    schema: z.object({ items: z.array(clientRequests) }),
  },
  async read({ database }, request) {
    return { items: await listClientRequests(database, queryTime(request, "since") ?? dayAgo()) };
  },
});

/** A day before now. */
export function dayAgo(): Date {
  return new Date(Date.now() - DAY_MS);
}
