// Running a reset now (flow 2, begun by a person): look into the inbox, open the reset as a row, wake a worker.
import { findReset, openReset } from "@inventory-sync/db";
import { QueueUnavailable } from "@inventory-sync/queue";
import { chooseSnapshot } from "@inventory-sync/sftp";
import type { Request } from "express";
import { z } from "zod";
import { readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { Problem } from "../problem.ts";

const runBody = z.strictObject({
  file: z.string().min(1, "must be the name of a file in incoming/").max(255).optional(),
  preview: z.boolean().optional(),
});

/** POST /api/resets */
export const postReset: Endpoint = {
  method: "post",
  path: "/api/resets",
  access: "operator",
  summary: "Runs a reset over the oldest waiting snapshot, or over the one named; or previews what it would do",
  body: runBody,
  audit: { what: "run a reset, or preview one", target: runTarget },
  answers: {
    202: {
      description: "The reset was begun, or was already under way",
      schema: z.object({ resetIds: z.array(z.uuid()) }),
    },
    404: { description: "The file named does not lie in incoming/" },
    409: { description: "No snapshot waits; the detail says what was found" },
    503: { description: "The SFTP server cannot be reached" },
  },
  async handle(parts, request, response) {
    const { file, preview = false } = readBody(request, runBody);
    const requestedBy = `operator ${identityOf(response).name}`;
    const resetId = await beginReset(parts, file, { requestedBy, preview });
    sayOutcome(response, `${preview ? "previewed as" : "begun as"} reset ${resetId}`);
    response
      .status(202)
      .set("location", `/api/resets/${resetId}`)
      .json({ resetIds: [resetId] });
  },
};

async function beginReset(
  parts: Parts,
  name: string | undefined,
  asked: { readonly requestedBy: string; readonly preview: boolean },
): Promise<string> {
  const chosen = await parts.withInbox((inbox) => chooseSnapshot(inbox, name));
  if ("missing" in chosen) throw new Problem(chosen.missing === "named" ? "not-found" : "conflict", chosen.reason);
  const waiting = { ...chosen, modifiedAt: new Date(chosen.modifiedAtMs) };
  const { resetId } = await openReset(parts.database, waiting, asked);
  const reset = await findReset(parts.database, resetId);
  try {
    await parts.queues.addReset({ resetId, generation: reset?.generation ?? 0, label: chosen.name });
  } catch (error) {
    if (!(error instanceof QueueUnavailable)) throw error;
    // The row is what counts: the watchdog wakes whatever has been silent once the queue is back.
    parts.log.warn(
      { resetId, file: chosen.name, reason: error.message },
      "a reset was opened, but the queue could not be told yet",
    );
  }
  return resetId;
}

/** What was asked for. */
function runTarget(request: Request): string {
  const { file, preview } = readBody(request, runBody);
  const what = file === undefined ? "the oldest waiting file" : `file ${file}`;
  return preview === true ? `${what}, preview` : what;
}
