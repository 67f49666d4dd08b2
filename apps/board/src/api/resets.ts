// Resets over HTTP: how each went, its long lists as CSV, and running one now.

import type { Database } from "@inventory-sync/db";
import { plural, sourceName } from "@inventory-sync/domain";
import {
  absentPlace,
  absentSchema,
  chooseSource,
  listAbsent,
  listResets,
  type OpenedReset,
  openRepairOfRows,
  openWaitingReset,
  type ResetList,
  readReset,
  readResetWithParts,
  rejectsOfReset,
  repairBody,
  resetDocument,
  resetDocumentSchema,
  resetListedSchema,
  variancesOfReset,
} from "@inventory-sync/operator";
import { QueueUnavailable } from "@inventory-sync/queue";
import { z } from "zod";
import {
  cursorParameter,
  cursorTime,
  LIMIT_MAX,
  limitParameter,
  pageLimit,
  pathName,
  readCursor,
  writeCursor,
} from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { apiWrite } from "./calls.ts";
import { listed, sendCsv, sendFitting } from "./listed.ts";

/** Where a page of resets begins. */
export const resetPlace = z.object({ createdAt: cursorTime, id: z.uuid() });

const getResets = listed({
  path: "/api/resets",
  summary: "Resets, newest first, each with how many of its facilities are in which state",
  item: resetListedSchema,
  place: resetPlace,
  async read({ database }, _request, page) {
    const { resets, next } = await listResets(database, page);
    return { items: resets.map((reset) => resetListedSchema.parse(reset)), next: next && resetPlace.parse(next) };
  },
});

const getReset: Endpoint = {
  method: "get",
  path: "/api/resets/{id}",
  access: "viewer",
  summary:
    "One reset, facility by facility; of more than `limit` facilities, or of more than fit into 300 kB, a page of them",
  query: [{ ...limitParameter, schema: { ...limitParameter.schema, default: LIMIT_MAX } }, cursorParameter],
  answers: {
    200: {
      description: "The reset; `nextCursor` says where the next page of its facilities begins, null at the end",
      schema: resetDocumentSchema.extend({ nextCursor: z.string().nullable() }),
    },
  },
  async handle({ database }, request, response) {
    const after = readCursor(request, z.string());
    await sendFitting(response, pageLimit(request, LIMIT_MAX), async (limit) => {
      const reset = await readResetWithParts(database, pathName(request, "id"), { after, limit: limit + 1 });
      const parts = reset.parts.slice(0, limit);
      const last = reset.parts.length > limit ? parts.at(-1) : undefined;
      const nextCursor = last ? writeCursor(last.facilityId) : null;
      return { rows: parts.length, page: { ...resetDocument({ ...reset, parts }), nextCursor } };
    });
  },
};

function csvOf(
  what: "rejects" | "variances",
  summary: string,
  listOf: (database: Database, id: string) => ResetList | Promise<ResetList>,
): Endpoint {
  return {
    method: "get",
    path: `/api/resets/{id}/${what}.csv`,
    access: "viewer",
    summary,
    answers: { 200: { description: "CSV", type: "text/csv" } },
    async handle({ database }, request, response) {
      const { id } = await readReset(database, pathName(request, "id"));
      await sendCsv(response, `${what}-${id}.csv`, await listOf(database, id));
    },
  };
}

const rejectsSummary =
  "The rejected rows of a reset as they were, with code, cause and fix, in the form in which they can be sent again";
const variancesSummary =
  "Every correction of a reset with its explanation; of held facilities and previews, what would be";

const getAbsent = listed({
  path: "/api/resets/{id}/absent",
  summary: "The products with stock that a count does not list, and that stand as they were; by store",
  item: absentSchema,
  place: absentPlace,
  read: ({ database }, request, page) => listAbsent(database, pathName(request, "id"), page),
});

const runBody = z.strictObject({
  file: z.string().min(1, "must be the name of a file in incoming/").max(255).optional(),
  preview: z.boolean().optional(),
  source: sourceName.optional(),
});

const begunSchema = z.object({ resetIds: z.array(z.uuid()) });

const postReset = apiWrite({
  path: "/api/resets",
  summary: "Runs a reset over the oldest waiting snapshot, or over the one named; or previews what it would do",
  body: runBody,
  what: ({ preview }) => (preview === true ? "preview a reset" : "run a reset"),
  target({ body: { file, source } }) {
    const whose = source === undefined ? "" : ` of ${source}`;
    return file === undefined ? `the oldest waiting file${whose}` : `file ${file}${whose}`;
  },
  answer: { status: 202, description: "The reset was begun, or was already under way", schema: begunSchema },
  refusals: {
    404: "The file named does not lie in incoming/, or there is no such source",
    409: "No snapshot waits, or there are several sources and none is named; the detail says what was found",
    503: "The SFTP server cannot be reached",
  },
  async act(parts, { body: { file, preview = false, source }, who }) {
    const asked = {
      file,
      preview,
      source: chooseSource(parts.sources, source).name,
      requestedBy: `operator ${who}`,
    };
    const opened = await openWaitingReset(parts.database, parts.withInbox, asked);
    return begun(parts, opened, preview ? "previewed as" : "begun as");
  },
});

const postRepair = apiWrite({
  path: "/api/resets/{id}/repair",
  summary: "Applies corrected rejected rows of a reset, as a reset of their own that is true at its time",
  body: repairBody,
  what: "repair rejected rows",
  target: ({ request, body }) => `reset ${String(request.params.id)}, ${plural(body.rows.length, "row")}`,
  answer: { status: 202, description: "The repair was begun", schema: begunSchema },
  refusals: {
    404: "There is no such reset",
    409: "Its rows cannot be corrected, or one of these is not among them; the detail says why",
    503: "The SFTP server cannot be reached",
  },
  async act(parts, { request, body: { rows }, who }) {
    const asked = { resetId: pathName(request, "id"), rows, requestedBy: `operator ${who}` };
    return begun(parts, await openRepairOfRows(parts.database, parts.withInbox, asked), "begun as");
  },
});

/** Wakes the workers for a reset that was opened, and says so. */
async function begun({ queues, log }: Parts, { resetId, generation, file }: OpenedReset, what: string) {
  await queues.addReset({ resetId, generation, label: file }).catch((error: unknown) => {
    if (!(error instanceof QueueUnavailable)) throw error;
    // The row is what counts: the watchdog wakes whatever has been silent once the queue is back.
    log.warn({ resetId, file, reason: error.message }, "a reset was opened, but the queue could not be told yet");
  });
  return {
    answer: { resetIds: [resetId] },
    outcome: `${what} reset ${resetId}`,
    location: `/api/resets/${resetId}`,
  };
}

export const resetEndpoints: readonly Endpoint[] = [
  postReset,
  ...getResets,
  getReset,
  postRepair,
  csvOf("rejects", rejectsSummary, rejectsOfReset),
  csvOf("variances", variancesSummary, variancesOfReset),
  ...getAbsent,
];
