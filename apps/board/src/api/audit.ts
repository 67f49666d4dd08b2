// The audit log, for operators to read.
import { actionRecord, listActions } from "@inventory-sync/operator";
import { z } from "zod";
import { listed } from "./listed.ts";

/** The id before which a page begins. */
export const actionCursor = z.string().regex(/^\d{1,18}$/);

export const getAudit = listed({
  path: "/api/audit",
  access: "operator",
  summary:
    "Who did what to which job and reset, newest first; an outcome of null is unknown: the action is under way, or its process died",
  item: actionRecord,
  place: actionCursor,
  async read({ database }, _request, { after, limit }) {
    const { actions, next } = await listActions(database, { before: after, limit });
    return { items: actions, next };
  },
});
