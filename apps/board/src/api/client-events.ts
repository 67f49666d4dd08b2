// GET /v1/events/{facilityId}/{eventId}: what became of an event, for the client that sent it. The board answers, because the ledger
// is the truth; ingest has no database, and the queue forgets what is done.
import { facilityTest } from "@inventory-sync/domain";
import { eventStatus, readEventStatus } from "@inventory-sync/operator";
import { pathId } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { askedByClient, knownClient, type SignInPart } from "../people/identity.ts";
import { askQueue, Problem } from "../problem.ts";

/** GET /v1/events/{facilityId}/{eventId} */
export const getClientEvent: Endpoint<"database" | "queues" | "clients" | SignInPart> = {
  method: "get",
  path: "/v1/events/{facilityId}/{eventId}",
  access: "client",
  summary: "What became of an event that a client sent to ingest: queued, applied, or failed and why",
  answers: {
    200: { description: "What became of it", schema: eventStatus },
    403: { description: "The client may not send for this facility, so it may not ask either" },
    404: { description: "Nothing is known of such an event" },
    429: { description: "The client asks too many questions at once" },
    503: { description: "Database or queue cannot be reached, or more events wait than are looked at" },
  },
  async handle(parts, request, response) {
    const client = knownClient(parts, request);
    const asked = { facilityId: pathId(request, "facilityId"), eventId: pathId(request, "eventId") };
    if (!facilityTest(client.facilities)(asked.facilityId)) {
      const detail = `Client ${client.name} may not ask about facility ${asked.facilityId}. Ask the operator to allow it.`;
      throw new Problem("forbidden", detail);
    }
    const status = await askedByClient(parts, client.name, () =>
      askQueue(parts.queues, () => readEventStatus(parts, asked)),
    );
    response.json(status);
  },
};
