// The channels over HTTP: how each stands and what it has set aside, what each believes of a product, and what an operator does to one.
import { channelProblemCodes } from "@inventory-sync/domain";
import {
  beginRun,
  channelActions,
  channelNow,
  channelProblem,
  channelProblemsOf,
  channelSeen,
  channelsFileNow,
  channelsNow,
  findInChannels,
  levelToSettle,
  pauseChannel,
  problemPlace,
  productInChannels,
  resumeChannel,
  settleUnknown,
  tryAgain,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { z } from "zod";
import { badParameter, pathName, queryText } from "../asked.ts";
import { type Endpoint, textQuery } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { askedText } from "../ui/paging.ts";
import { apiRead, apiWrite } from "./calls.ts";
import { feedEndpoints } from "./client-events.ts";
import { listed } from "./listed.ts";

const CHANNEL = "/api/channels/{channel}";

const nameOf = (request: Request): string => pathName(request, "channel");
const target = ({ request }: { readonly request: Request }): string => channelActions.target(nameOf(request));

const ofOneFacility = z.strictObject({ facilityId: z.string().optional() });
const ofNothing = z.strictObject({});
const ofOneCode = z.strictObject({ code: z.enum(channelProblemCodes).optional() });

const runSummaries = {
  resync: "Resyncs a channel.",
  compare: "Compares a channel.",
  map: "Reads the map of a channel.",
};

const readingEndpoints: readonly Endpoint[] = [
  apiRead({
    path: "/api/channels",
    summary: "The channels: how each stands",
    answer: {
      description: "All of them, by name",
      schema: z.object({ items: z.array(channelSeen), fileFault: z.string().nullable() }),
    },
    async read({ database }) {
      const [items, fileFault] = await Promise.all([channelsNow(database), channelsFileNow(database)]);
      return { items, fileFault };
    },
  }),
  apiRead({
    path: CHANNEL,
    summary: "One channel",
    answer: { description: "How it stands", schema: channelSeen },
    refusals: { 404: "There is none" },
    read: ({ database }, request) => channelNow(database, nameOf(request)),
  }),
  ...listed({
    path: `${CHANNEL}/problems`,
    summary: "The levels that a channel has set aside, with cause and fix",
    query: [
      { name: "code", description: "Only with this code", schema: { type: "string", enum: channelProblemCodes } },
    ],
    item: channelProblem,
    place: problemPlace,
    read: ({ database }, request, page) =>
      channelProblemsOf(database, nameOf(request), { ...page, code: problemCode(request) }),
  }),
];

function problemCode(request: Request): string | undefined {
  const code = queryText(request, "code");
  if (code !== undefined && !channelProblemCodes.some((known) => known === code))
    throw badParameter("code", `is one of ${channelProblemCodes.join(", ")}`);
  return code;
}

const actingEndpoints: readonly Endpoint[] = [
  apiWrite({
    path: `${CHANNEL}/pause`,
    summary: `Pauses a channel. ${channelActions.pause.says}`,
    what: channelActions.pause.what,
    target,
    answer: { description: "How it stands now", schema: channelSeen },
    async act({ database }, { request, who }) {
      await pauseChannel(database, nameOf(request), who);
      return { answer: await channelNow(database, nameOf(request)), outcome: "paused" };
    },
  }),
  apiWrite({
    path: `${CHANNEL}/resume`,
    summary: `Lets a channel go on. ${channelActions.resume.says}`,
    what: channelActions.resume.what,
    target,
    answer: { description: "How it stands now", schema: channelSeen },
    async act({ database, queues }, { request }) {
      await resumeChannel(database, nameOf(request));
      await wakeSoon(queues, nameOf(request));
      return { answer: await channelNow(database, nameOf(request)), outcome: "resumed" };
    },
  }),
  runEndpoint("resync"),
  runEndpoint("compare"),
  runEndpoint("map"),
  apiWrite({
    path: `${CHANNEL}/again`,
    summary: `Has what a channel has set aside tried again. ${channelActions.again.says}`,
    body: ofOneCode,
    what: channelActions.again.what,
    target,
    answer: { description: "How many levels", schema: z.object({ levels: z.int() }) },
    async act({ database, queues }, { request, body }) {
      const levels = await tryAgain(database, nameOf(request), body.code);
      await wakeSoon(queues, nameOf(request));
      return { answer: { levels }, outcome: `${levels} levels are tried again` };
    },
  }),
  apiWrite({
    path: `${CHANNEL}/settle`,
    summary: `Settles a level of which it is not known whether the target took it. ${channelActions.settle.says}`,
    body: levelToSettle,
    what: channelActions.settle.what,
    target,
    answer: { description: "It is settled", schema: levelToSettle },
    refusals: { 404: "There is no such level" },
    async act({ database, queues }, { request, body }) {
      await settleUnknown(database, nameOf(request), body);
      await wakeSoon(queues, nameOf(request));
      return { answer: body, outcome: `settled as ${body.outcome}` };
    },
  }),
];

function runEndpoint(kind: keyof typeof runSummaries): Endpoint {
  const { what, says } = channelActions[kind];
  return apiWrite<z.infer<typeof ofOneFacility>>({
    path: `${CHANNEL}/${kind}`,
    summary: `${runSummaries[kind]} ${says} GET ${CHANNEL} shows how far it is`,
    body: kind === "map" ? ofNothing : ofOneFacility,
    what,
    target,
    answer: {
      status: 202,
      description: "It is begun, or was under way already",
      schema: z.object({ runId: z.string(), already: z.boolean() }),
    },
    async act({ database, queues }, { request, body: { facilityId }, who }) {
      const { id, already } = await beginRun(database, nameOf(request), { kind, facilityId, who });
      await wakeSoon(queues, nameOf(request));
      return { answer: { runId: id, already }, outcome: already ? "was under way already" : "begun" };
    },
  });
}

/** A worker looks after a few seconds by itself, so a queue that is away is no fault here. */
async function wakeSoon(queues: Parts["queues"], name: string): Promise<void> {
  await queues.wakeChannel(name, new Date().toISOString()).catch(() => undefined);
}

const getChannelLevels = apiRead({
  path: "/api/channel-levels",
  summary: "What each channel was told of a product, store by store, when, and whether something newer waits",
  query: [textQuery("id", "An id of the product, or a part of one")],
  answer: {
    description: "The product with this id, else the closest few",
    schema: z.object({ items: z.array(productInChannels) }),
  },
  async read({ database }, request) {
    const text = askedText(request, "id");
    return { items: text === "" ? [] : await findInChannels(database, text) };
  },
});

export const channelEndpoints = [...readingEndpoints, ...actingEndpoints, ...feedEndpoints, getChannelLevels];
