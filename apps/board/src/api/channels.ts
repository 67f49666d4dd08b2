// The channels over HTTP: how each stands and what it has set aside, and what an operator does to one.

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
  levelToSettle,
  pauseChannel,
  problemPlace,
  resumeChannel,
  settleUnknown,
  tryAgain,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { z } from "zod";
import { badParameter, pathName, queryText, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { feedEndpoints } from "./channel-feed.ts";
import { listed } from "./listed.ts";

const CHANNEL = "/api/channels/{channel}";

const nameOf = (request: Request): string => pathName(request, "channel");
const target = (request: Request): string => channelActions.target(nameOf(request));

const ofOneFacility = z.strictObject({ facilityId: z.string().optional() });
const ofNothing = z.strictObject({});
const ofOneCode = z.strictObject({ code: z.enum(channelProblemCodes).optional() });
const runBegun = z.object({ runId: z.string(), already: z.boolean() });

const runSummaries = {
  resync: "Resyncs a channel.",
  compare: "Compares a channel.",
  map: "Reads the map of a channel.",
};

/** Reading. */
const readingEndpoints: readonly Endpoint<"database">[] = [
  {
    ...{ method: "get", path: "/api/channels", access: "viewer", summary: "The channels: how each stands" },
    answers: {
      200: {
        description: "All of them, by name",
        schema: z.object({ items: z.array(channelSeen), fileFault: z.string().nullable() }),
      },
    },
    async handle({ database }, _request, response) {
      const [items, fileFault] = await Promise.all([channelsNow(database), channelsFileNow(database)]);
      response.json({ items, fileFault });
    },
  },
  {
    ...{ method: "get", path: CHANNEL, access: "viewer", summary: "One channel" },
    answers: { 200: { description: "How it stands", schema: channelSeen }, 404: { description: "There is none" } },
    async handle({ database }, request, response) {
      response.json(await channelNow(database, nameOf(request)));
    },
  },
  ...listed({
    ...{
      path: `${CHANNEL}/problems`,
      access: "viewer",
      summary: "The levels that a channel has set aside, with cause and fix",
    },
    query: [
      { name: "code", description: "Only with this code", schema: { type: "string", enum: channelProblemCodes } },
    ],
    item: channelProblem,
    place: problemPlace,
    read: ({ database }: Pick<Parts, "database">, request, page) =>
      channelProblemsOf(database, nameOf(request), { ...page, code: problemCode(request) }),
  }),
];

function problemCode(request: Request): string | undefined {
  const code = queryText(request, "code");
  if (code !== undefined && !channelProblemCodes.some((known) => known === code))
    throw badParameter("code", `is one of ${channelProblemCodes.join(", ")}`);
  return code;
}

/** What an operator does to a channel. */
const actingEndpoints: readonly Endpoint<"database" | "queues">[] = [
  {
    ...{ method: "post", path: `${CHANNEL}/pause`, access: "operator" },
    summary: `Pauses a channel. ${channelActions.pause.says}`,
    audit: { what: channelActions.pause.what, target },
    answers: { 200: { description: "How it stands now", schema: channelSeen } },
    async handle({ database }, request, response) {
      await pauseChannel(database, nameOf(request), identityOf(response).name);
      sayOutcome(response, "paused");
      response.json(await channelNow(database, nameOf(request)));
    },
  },
  {
    ...{ method: "post", path: `${CHANNEL}/resume`, access: "operator" },
    summary: `Lets a channel go on. ${channelActions.resume.says}`,
    audit: { what: channelActions.resume.what, target },
    answers: { 200: { description: "How it stands now", schema: channelSeen } },
    async handle({ database, queues }, request, response) {
      await resumeChannel(database, nameOf(request));
      await wakeSoon(queues, nameOf(request));
      sayOutcome(response, "resumed");
      response.json(await channelNow(database, nameOf(request)));
    },
  },
  runEndpoint("resync"),
  runEndpoint("compare"),
  runEndpoint("map"),
  {
    ...{ method: "post", path: `${CHANNEL}/again`, access: "operator" },
    summary: `Has what a channel has set aside tried again. ${channelActions.again.says}`,
    body: ofOneCode,
    audit: { what: channelActions.again.what, target },
    answers: { 200: { description: "How many levels", schema: z.object({ levels: z.int() }) } },
    async handle({ database, queues }, request, response) {
      const levels = await tryAgain(database, nameOf(request), readBody(request, ofOneCode).code);
      await wakeSoon(queues, nameOf(request));
      sayOutcome(response, `${levels} levels are tried again`);
      response.json({ levels });
    },
  },
  {
    ...{ method: "post", path: `${CHANNEL}/settle`, access: "operator" },
    summary: `Settles a level of which it is not known whether the target took it. ${channelActions.settle.says}`,
    body: levelToSettle,
    audit: { what: channelActions.settle.what, target },
    answers: {
      200: { description: "It is settled", schema: levelToSettle },
      404: { description: "There is no such level" },
    },
    async handle({ database, queues }, request, response) {
      const level = readBody(request, levelToSettle);
      await settleUnknown(database, nameOf(request), level);
      await wakeSoon(queues, nameOf(request));
      sayOutcome(response, `settled as ${level.outcome}`);
      response.json(level);
    },
  },
];

function runEndpoint(kind: keyof typeof runSummaries): Endpoint<"database" | "queues"> {
  const { what, says } = channelActions[kind];
  const body = kind === "map" ? ofNothing : ofOneFacility;
  return {
    ...{ method: "post", path: `${CHANNEL}/${kind}`, access: "operator" },
    summary: `${runSummaries[kind]} ${says} GET ${CHANNEL} shows how far it is`,
    body,
    audit: { what, target },
    answers: { 202: { description: "It is begun, or was under way already", schema: runBegun } },
    async handle({ database, queues }, request, response) {
      const { facilityId }: z.infer<typeof ofOneFacility> = readBody(request, body);
      const begun = await beginRun(database, nameOf(request), { kind, facilityId, who: identityOf(response).name });
      await wakeSoon(queues, nameOf(request));
      sayOutcome(response, begun.already ? "was under way already" : "begun");
      response.status(202).json({ runId: begun.id, already: begun.already });
    },
  };
}

/** A worker looks after a few seconds by itself, so a queue that is away is no fault here. */
async function wakeSoon(queues: Parts["queues"], name: string): Promise<void> {
  await queues.wakeChannel(name, new Date().toISOString()).catch(() => undefined);
}

/** Every route of channels. */
export const channelEndpoints = [...readingEndpoints, ...actingEndpoints, ...feedEndpoints];
