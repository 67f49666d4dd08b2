// The feed of a channel over HTTP, which a target reads itself, with a key for just this.
import {
  channelOf,
  ForeignCursor,
  feedAsked,
  feedCursor,
  feedLevel,
  readFeed,
  readFeedLevels,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { z } from "zod";
import { badParameter, limitParameter, pageLimit, pathName, readBody, readCursor, writeCursor } from "../asked.ts";
import { type Endpoint, textQuery } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { askedByClient, knownClient } from "../people/identity.ts";
import { Problem } from "../problem.ts";
import { apiRead } from "./calls.ts";

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
