// Two names of one store or product made one: previewed, done, listed, undone.
import {
  listMerges,
  MERGE_KINDS,
  merge,
  merged,
  mergeRecord,
  merging,
  mergingNames,
  previewMerge,
  undoing,
  undoingMerge,
  undoMerge,
  unmerged,
} from "@inventory-sync/operator";
import {
  cursorTime,
  pageLimit,
  pageOf,
  pageParameters,
  pathName,
  queryWord,
  readBody,
  readCursor,
  writeCursor,
} from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import { identityOf } from "../people/identity.ts";

/** The API's endpoints of names that are made one. */
export const mergeApi: readonly Endpoint<"database">[] = [
  {
    method: "post",
    path: "/api/names/merge",
    access: "operator",
    summary: `Makes two names of one store or product one. ${mergingNames.says} With \`preview: true\` it only says what it would do`,
    body: merging,
    audit: {
      what: mergingNames.what,
      target: (request) => {
        const asked = readBody(request, merging);
        return `${mergingNames.target(asked)}${asked.preview ? " (preview)" : `: ${asked.reason}`}`;
      },
    },
    answers: {
      200: { description: "What it did, or would do", schema: merged },
      404: { description: "There is no store or product of that name" },
      409: { description: "They cannot be made one as things stand; nothing was changed" },
      503: { description: "Sales or a reset of one of the stores are under way; nothing was changed" },
    },
    async handle({ database }, request, response) {
      const asked = readBody(request, merging);
      const done = asked.preview
        ? await previewMerge(database, asked)
        : await merge(database, asked, identityOf(response).name);
      sayOutcome(response, asked.preview ? "previewed, nothing was changed" : mergingNames.outcome(done));
      response.json(done);
    },
  },
  {
    method: "get",
    path: "/api/names/merges",
    access: "viewer",
    summary: "Names that were made one, newest first, those undone since among them",
    query: [
      {
        name: "kind",
        description: "Of stores or of products only",
        schema: { type: "string", enum: [...MERGE_KINDS] },
      },
      ...pageParameters,
    ],
    answers: { 200: { description: "A page of them", schema: pageOf(mergeRecord) } },
    async handle({ database }, request, response) {
      const kind = queryWord(request, "kind", MERGE_KINDS);
      const before = readCursor(request, cursorTime)?.toISOString();
      const { items, next } = await listMerges(database, { kind, before, limit: pageLimit(request) });
      response.json({ items, nextCursor: next === undefined ? null : writeCursor(next) });
    },
  },
  {
    method: "post",
    path: "/api/names/merges/{id}/undo",
    access: "operator",
    summary: `Makes two names of what was made one. ${undoingMerge.says}`,
    body: undoing,
    audit: { what: undoingMerge.what, target: (request) => undoingMerge.target(pathName(request, "id")) },
    answers: {
      200: { description: "They are two again", schema: unmerged },
      404: { description: "There is no such merge" },
      409: { description: "It cannot be undone; nothing was changed" },
      503: { description: "Sales or a reset of one of the stores are under way; nothing was changed" },
    },
    async handle({ database }, request, response) {
      const { reason } = readBody(request, undoing);
      const done = await undoMerge(database, { id: pathName(request, "id"), reason }, identityOf(response).name);
      sayOutcome(response, undoingMerge.outcome(done));
      response.json(done);
    },
  },
];
