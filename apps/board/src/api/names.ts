// Names that do not meet: which pairs may be one, saying that two differ, and making two one: previewed, done, listed, undone.
import { namedKinds } from "@inventory-sync/domain";
import {
  differing,
  listMerges,
  merge,
  merged,
  mergeRecord,
  merging,
  mergingNames,
  namesFound,
  pairStates,
  previewMerge,
  readNames,
  sayDiffer,
  sayingDiffer,
  undoing,
  undoingMerge,
  undoMerge,
  unmerged,
} from "@inventory-sync/operator";
import { z } from "zod";
import {
  cursorTime,
  limitParameter,
  pageLimit,
  pageOf,
  pageParameters,
  pathName,
  queryWord,
  readCursor,
  writeCursor,
} from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { apiRead, apiWrite } from "./calls.ts";

const kindParameter = {
  name: "kind",
  description: "Of stores or of products only",
  schema: { type: "string", enum: [...namedKinds] },
};
const UNDER_WAY = "Sales or a reset of one of the stores are under way; nothing was changed";

export const namesApi: readonly Endpoint[] = [
  apiRead({
    path: "/api/names",
    summary:
      "Pairs of names that may be one store or one product: one sells and was never counted, the other is counted and sells nothing; and what sells, is in no count and has no likely partner",
    query: [
      kindParameter,
      {
        name: "state",
        description: "open: those that wait for somebody; differ: those that somebody has said to differ",
        schema: { type: "string", enum: [...pairStates], default: "open" },
      },
      limitParameter,
    ],
    answer: { description: "The surest and largest first", schema: namesFound },
    read({ database }, request) {
      const kind = queryWord(request, "kind", namedKinds);
      const state = queryWord(request, "state", pairStates) ?? "open";
      return readNames(database, { kind, state, limit: pageLimit(request), timeZone: "UTC" });
    },
  }),
  apiWrite({
    path: "/api/names/differ",
    summary: `Says that two names differ, or with \`differ: false\` takes that back. ${sayingDiffer.says}`,
    body: differing,
    what: sayingDiffer.what,
    target: ({ body }) => sayingDiffer.target(body),
    answer: { description: "Noted", schema: z.object({ differ: z.boolean(), reason: z.string().nullable() }) },
    refusals: { 409: "They are no pair of the list; nothing was noted" },
    async act({ database }, { body, who }) {
      await sayDiffer(database, body, who);
      const { differ, reason } = body;
      return { answer: { differ, reason: reason || null }, outcome: sayingDiffer.outcome(body) };
    },
  }),
  apiWrite({
    path: "/api/names/merge",
    summary: `Makes two names of one store or product one. ${mergingNames.says} With \`preview: true\` it only says what it would do`,
    body: merging,
    what: mergingNames.what,
    target: ({ body }) => `${mergingNames.target(body)}${body.preview ? " (preview)" : `: ${body.reason}`}`,
    answer: { description: "What it did, or would do", schema: merged },
    refusals: {
      404: "There is no store or product of that name",
      409: "They cannot be made one as things stand; nothing was changed",
      503: UNDER_WAY,
    },
    async act({ database }, { body, who }) {
      if (body.preview)
        return { answer: await previewMerge(database, body), outcome: "previewed, nothing was changed" };
      const answer = await merge(database, body, who);
      return { answer, outcome: mergingNames.outcome(answer) };
    },
  }),
  apiRead({
    path: "/api/names/merges",
    summary: "Names that were made one, newest first, those undone since among them",
    query: [kindParameter, ...pageParameters],
    answer: { description: "A page of them", schema: pageOf(mergeRecord) },
    async read({ database }, request) {
      const kind = queryWord(request, "kind", namedKinds);
      const before = readCursor(request, cursorTime)?.toISOString();
      const { items, next } = await listMerges(database, { kind, before, limit: pageLimit(request) });
      return { items, nextCursor: next === undefined ? null : writeCursor(next) };
    },
  }),
  apiWrite({
    path: "/api/names/merges/{id}/undo",
    summary: `Makes two names of what was made one. ${undoingMerge.says}`,
    body: undoing,
    what: undoingMerge.what,
    target: ({ request }) => undoingMerge.target(pathName(request, "id")),
    answer: { description: "They are two again", schema: unmerged },
    refusals: {
      404: "There is no such merge",
      409: "It cannot be undone; nothing was changed",
      503: UNDER_WAY,
    },
    async act({ database }, { request, body: { reason }, who }) {
      const answer = await undoMerge(database, { id: pathName(request, "id"), reason }, who);
      return { answer, outcome: undoingMerge.outcome(answer) };
    },
  }),
];
