// What the clients of ingest ask with their keys. GET /v1/events/{facilityId}/{eventId}: what became of an event that they sent; the board
// answers, because the ledger is the truth, while ingest has no database and the queue forgets what is done. And the feed of a channel,
// which a target reads itself, with a key for just this.
import { facilityTest } from "@inventory-sync/domain";
import {
  channelOf,
  eventStatus,
  ForeignCursor,
  feedAsked,
  feedCursor,
  feedLevel,
  readEventStatus,
  readFeed,
  readFeedLevels,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { z } from "zod";
import {
  badParameter,
  limitParameter,
  pageLimit,
  pathId,
  pathName,
  readBody,
  readCursor,
  writeCursor,
} from "../asked.ts";
import { type Endpoint, textQuery } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { askedByClient, knownClient } from "../people/identity.ts";
import { askQueue, Problem } from "../problem.ts";
import { apiRead } from "./calls.ts";

export const getClientEvent = apiRead({
  path: "/v1/events/{facilityId}/{eventId}",
  access: "client",
  summary: "What became of an event that a client sent to ingest: queued, applied, or failed and why",
  answer: { description: "What became of it", schema: eventStatus },
  refusals: {
    403: "The client may not send for this facility, so it may not ask either",
    404: "Nothing is known of such an event",
    429: "The client asks too many questions at once",
    503: "Database or queue cannot be reached, or more events wait than are looked at",
  },
  read(parts, request) {
    const client = knownClient(parts, request);
    const asked = { facilityId: pathId(request, "facilityId"), eventId: pathId(request, "eventId") };
    if (!facilityTest(client.facilities)(asked.facilityId)) {
      const detail = `Client ${client.name} may not ask about store ${asked.facilityId}. Ask the operator to allow it.`;
      throw new Problem("forbidden", detail);
    }
    // A question that is given up still counts among those of its client until it ends.
    return askQueue(parts.queues, () => askedByClient(parts, client.name, () => readEventStatus(parts, asked)));
  },
});

const refusals = { 403: "The key is not for this channel", 429: "The client asks too many questions at once" };

const nameOf = (request: Request): string => pathName(request, "channel");

/** What a target with a key for it reads. */
export const feedEndpoints: readonly Endpoint[] = [
  apiRead({
    path: "/api/channels/{channel}/changes",
    access: "client",
    summary:
      "The levels of a channel of kind feed: all of them at first, then what has changed, newest values only, each at least once",
    query: [limitParameter, textQuery("cursor", "cursor of the answer before; leave it out to begin with all levels")],
    answer: {
      description: "Levels, where to go on, and whether there is more at once",
      schema: z.object({ levels: z.array(feedLevel), cursor: z.string(), more: z.boolean() }),
    },
    refusals,
    async read(parts, request) {
      const asked = () => ({ cursor: readCursor(request, feedCursor), limit: pageLimit(request) });
      const read = () => readFeed(parts.database, nameOf(request), asked());
      const { levels, cursor, more } = await askFeed(parts, request, read).catch((error: unknown) => {
        if (!(error instanceof ForeignCursor)) throw error;
        throw badParameter("cursor", "is none that this channel gave; leave it out to begin with all levels");
      });
      return { levels, cursor: writeCursor(cursor), more };
    },
  }),
  {
    ...apiRead({
      path: "/api/channels/{channel}/levels",
      access: "client",
      summary: "The levels that are asked for, as they are now; what the channel is not told of is left out",
      answer: { description: "Levels", schema: z.object({ levels: z.array(feedLevel) }) },
      refusals,
      async read(parts, request) {
        const read = () => readFeedLevels(parts.database, nameOf(request), readBody(request, feedAsked));
        return { levels: await askFeed(parts, request, read) };
      },
    }),
    // What is asked for is as long as it likes, which no address is.
    method: "post",
    body: feedAsked,
  },
];

/** Reads of a feed, where the caller's key is for the channel, and that is one to be asked. @throws Problem 401, 403, 409, 429 */
async function askFeed<T>(parts: Parts, request: Request, read: () => Promise<T>): Promise<T> {
  const client = knownClient(parts, request);
  const name = nameOf(request);
  if (!client.channels?.includes(name)) {
    const detail = `The key of ${client.name} is not for channel ${name}. Ask the operator for one: ops keys create NAME --channels ${name}`;
    throw new Problem("forbidden", detail);
  }
  return askedByClient(parts, client.name, async () => {
    const { kind, mode } = await channelOf(parts.database, name);
    if (kind === "feed" && mode !== "off") return read();
    const why = kind === "feed" ? "switched off" : `of kind ${kind}: it is told, and not asked`;
    throw new Problem("conflict", `Channel ${name} is ${why}.`);
  });
}
