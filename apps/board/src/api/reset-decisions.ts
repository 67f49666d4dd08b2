// What an operator decides about a reset, over HTTP: approve, reject and revert, of one facility or of all.
import {
  decidedText,
  decideEach,
  decideHeld,
  decision,
  facilityPartSchema,
  readResetWithParts,
  revert,
  revertedText,
  type Verdict,
  withReason,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { z } from "zod";
import { pathId, pathName } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { apiWrite } from "./calls.ts";

/** How long a decision waits for batches of the facility that are in flight; of many facilities, each of them. */
const LOCK_WAIT_MS_MAX = 5_000;
const LOCK_WAIT_OF_EACH_MS_MAX = 2_000;
/** How long many may take together: proxies give up after a minute at most. */
const DECIDES_MS_MAX = 20_000;
const FACILITIES_MAX = 10_000;

const unknown = "There is no such reset, or the facility has no part in it";

type Decided = { readonly body: z.infer<typeof decision>; readonly who: string };

function decidingAs({ reconcile }: Parts, { body, who }: Decided, lockWaitMsMax = LOCK_WAIT_MS_MAX) {
  return { ...reconcile, decidedBy: who, decidedBecause: body.reason, lockWaitMsMax };
}

function partTarget({ request: { params } }: { readonly request: Request }): string {
  return `reset ${String(params.id)}, facility ${String(params.facilityId)}`;
}

function decideOne(verdict: Verdict, summary: string): Endpoint {
  return apiWrite({
    path: `/api/resets/{id}/facilities/{facilityId}/${verdict}`,
    summary,
    body: decision,
    what: `${verdict} a held facility`,
    target: partTarget,
    answer: { description: "The facility's part of the reset as it is now", schema: facilityPartSchema },
    refusals: {
      404: unknown,
      409: "It is not, or no longer, held; the detail says what it is and who decided",
      503: "The facility is busy or the database is away; nothing was decided",
    },
    async act(parts, asked) {
      const { request } = asked;
      const which = { verdict, resetId: pathName(request, "id"), facilityId: pathId(request, "facilityId") };
      const answer = await decideHeld(parts.database, which, decidingAs(parts, asked));
      return { answer, outcome: decidedText(answer) };
    },
  });
}

const decisionsBody = decision.extend({
  facilityIds: z.array(z.string().min(1)).min(1).max(FACILITIES_MAX).optional(),
});

function decideMany(verdict: Verdict, summary: string): Endpoint {
  return apiWrite({
    path: `/api/resets/{id}/${verdict}`,
    summary,
    body: decisionsBody,
    what: `${verdict} held facilities`,
    target: ({ request, body: { facilityIds } }) =>
      `reset ${String(request.params.id)}, ${facilityIds ? `${facilityIds.length} facilities` : "all held facilities"}`,
    answer: {
      description: "Which facilities were decided, and which were left as they were and why",
      schema: z.object({
        resetId: z.uuid(),
        decided: z.array(z.string()),
        left: z.array(z.object({ facilityId: z.string(), detail: z.string() })),
      }),
    },
    refusals: {
      404: "There is no such reset",
      503: "The database is away; what was decided until then stays, and asking again goes on",
    },
    async act(parts, asked) {
      const reset = await readResetWithParts(parts.database, pathName(asked.request, "id"));
      const held = reset.parts.filter(({ state }) => state === "held").map(({ facilityId }) => facilityId);
      const facilityIds = [...new Set(asked.body.facilityIds ?? held)];
      const decided: string[] = [];
      const left: { facilityId: string; detail: string }[] = [];
      const deadline = performance.now() + DECIDES_MS_MAX;
      const which = { verdict, resetId: reset.id, facilityIds };
      const deciding = decidingAs(parts, asked, LOCK_WAIT_OF_EACH_MS_MAX);
      for await (const each of decideEach(parts.database, which, deciding)) {
        if (each.left === undefined) decided.push(each.facilityId);
        else left.push({ facilityId: each.facilityId, detail: each.left });
        if (performance.now() > deadline) break;
      }
      const detail = "There was no more time for it in this request; it is still held. Ask again for the rest.";
      for (const facilityId of facilityIds.slice(decided.length + left.length)) left.push({ facilityId, detail });
      const outcome = `${verdict === "approve" ? "approved" : "rejected"} ${decided.length}, left ${left.length}`;
      return { answer: { resetId: reset.id, decided, left }, outcome: withReason(outcome, asked.body.reason) };
    },
  });
}

function revertOf(
  of: Pick<Endpoint, "path" | "summary"> & { readonly what: string; target(asked: { request: Request }): string },
  facilityOf: (request: Request) => string | undefined,
): Endpoint {
  return apiWrite({
    ...of,
    body: decision,
    answer: {
      description: "What was undone: levels, those of them whose on hand changed, and units",
      schema: z.object({
        resetId: z.uuid(),
        facilities: z.array(
          z.object({ facilityId: z.string(), levels: z.int(), corrected: z.int(), units: z.number() }),
        ),
      }),
    },
    refusals: {
      404: unknown,
      409: "It cannot be undone; the detail says why",
      503: "A facility is busy or the database is away; asking again goes on with what is left",
    },
    async act(parts, asked) {
      const resetId = pathName(asked.request, "id").toLowerCase();
      const which = { resetId, facilityId: facilityOf(asked.request) };
      const facilities = await revert(parts.database, which, decidingAs(parts, asked));
      return { answer: { resetId, facilities }, outcome: withReason(revertedText(facilities), asked.body.reason) };
    },
  });
}

const revertOne = revertOf(
  {
    path: "/api/resets/{id}/facilities/{facilityId}/revert",
    summary: "Undoes one facility's part of a reset",
    what: "revert a facility's reset",
    target: partTarget,
  },
  (request) => pathId(request, "facilityId"),
);

const revertWhole = revertOf(
  {
    path: "/api/resets/{id}/revert",
    summary: "Undoes a whole reset, facility by facility",
    what: "revert a reset",
    target: ({ request }) => `reset ${String(request.params.id)}`,
  },
  () => undefined,
);

export const decisionEndpoints: readonly Endpoint[] = [
  decideOne("approve", "Approves a held facility reset: it is applied, with the sales since"),
  decideOne("reject", "Rejects a held facility reset: the levels stay as they are"),
  revertOne,
  decideMany("approve", "Approves all held facilities of a reset, or those named, one after the other"),
  decideMany("reject", "Rejects all held facilities of a reset, or those named: their levels stay as they are"),
  revertWhole,
];
