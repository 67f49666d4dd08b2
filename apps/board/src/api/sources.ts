// GET /api/sources: where counts come from, and how each source stands.
import { readSources, sourceSchema } from "@inventory-sync/operator";
import { z } from "zod";
import type { Endpoint } from "../endpoint.ts";
import { waitingFiles } from "../pages/resets/report.ts";

/** GET /api/sources */
export const getSources: Endpoint<"database" | "sources" | "withInbox" | "log"> = {
  method: "get",
  path: "/api/sources",
  access: "viewer",
  summary:
    "Where counts come from: of each source what came last, what waits, the next run and deadline, and whether it can be reached",
  answers: {
    200: {
      description: "The sources; `fault` says what is wrong with SOURCES_FILE, null when nothing is",
      schema: z.object({ sources: z.array(sourceSchema), fault: z.string().nullable() }),
    },
  },
  async handle(parts, _request, response) {
    const waiting = await waitingFiles(parts);
    const sources = await readSources(parts.database, parts.sources, { waiting, now: new Date() });
    response.json({ sources, fault: parts.sources.fault() ?? null });
  },
};
