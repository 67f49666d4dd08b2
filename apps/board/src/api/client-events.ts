// GET /v1/events/{facilityId}/{eventId}: what became of an event, for the client that sent it. The board answers, because the ledger
// is the truth; ingest has no database, and the queue forgets what is done.
import { facilityTest } from "@inventory-sync/domain";
import { eventStatus, readEventStatus } from "@inventory-sync/operator";
import { pathId } from "../asked.ts";
import { askedByClient, knownClient } from "../people/identity.ts";
import { askQueue, Problem } from "../problem.ts";
import { apiRead } from "./calls.ts";

export const getClientEvent = apiRead({
  path: "/v1/events/{facilityId}/{eventId}",
  access: "client",
  summary: "What became of an event that a client sent to ingest: queued, applied, or failed and why",
  answer: { description: "What became of it", schema: eventStatus },
  refusals: {
    403: "The client may not send for this facility, so it may not ask either",
    404: "Nothing is known of such an event",
    429: "The client asks too many questions at once",
    503: "Database or queue cannot be reached, or more events wait than are looked at",
  },
  read(parts, request) {
    const client = knownClient(parts, request);
    const asked = { facilityId: pathId(request, "facilityId"), eventId: pathId(request, "eventId") };
    if (!facilityTest(client.facilities)(asked.facilityId)) {
      const detail = `Client ${client.name} may not ask about facility ${asked.facilityId}. Ask the operator to allow it.`;
      throw new Problem("forbidden", detail);
    }
    return askedByClient(parts, client.name, () => askQueue(parts.queues, () => readEventStatus(parts, asked)));
  },
});
