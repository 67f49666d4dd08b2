// Names that do not meet: which pairs may be one, and saying that two differ.
import { namedKinds } from "@inventory-sync/domain";
import { differing, namesFound, pairStates, readNames, sayDiffer, sayingDiffer } from "@inventory-sync/operator";
import { z } from "zod";
import { limitParameter, pageLimit, queryWord, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import { identityOf } from "../people/identity.ts";

/** The API's endpoints of names. */
export const namesApi: readonly Endpoint<"database">[] = [
  {
    method: "get",
    path: "/api/names",
    access: "viewer",
    summary:
      "Pairs of names that may be one store or one product: one sells and was never counted, the other is counted and sells nothing; and what sells, is in no count and has no likely partner",
    query: [
      { name: "kind", description: "Of stores or of products only", schema: { type: "string", enum: [...namedKinds] } },
      {
        name: "state",
        description: "open: those that wait for somebody; differ: those that somebody has said to differ",
        schema: { type: "string", enum: [...pairStates], default: "open" },
      },
      limitParameter,
    ],
    answers: { 200: { description: "The surest and largest first", schema: namesFound } },
    async handle({ database }, request, response) {
      const kind = queryWord(request, "kind", namedKinds);
      const state = queryWord(request, "state", pairStates) ?? "open";
      response.json(await readNames(database, { kind, state, limit: pageLimit(request), timeZone: "UTC" }));
    },
  },
  {
    method: "post",
    path: "/api/names/differ",
    access: "operator",
    summary: `Says that two names differ, or with \`differ: false\` takes that back. ${sayingDiffer.says}`,
    body: differing,
    audit: { what: sayingDiffer.what, target: (request) => sayingDiffer.target(readBody(request, differing)) },
    answers: {
      200: { description: "Noted", schema: z.object({ differ: z.boolean(), reason: z.string().nullable() }) },
      409: { description: "They are no pair of the list; nothing was noted" },
    },
    async handle({ database }, request, response) {
      const asked = readBody(request, differing);
      await sayDiffer(database, asked, identityOf(response).name);
      sayOutcome(response, sayingDiffer.outcome(asked));
      response.json({ differ: asked.differ, reason: asked.reason || null });
    },
  },
];
