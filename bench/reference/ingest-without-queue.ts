// Reference of ingest: the very same app, with a queue in front of it that takes everything at once and keeps nothing.
// Environment: as for apps/ingest.
import { createLog } from "@inventory-sync/runtime";
import { watchClients } from "../../apps/ingest/src/clients.ts";
import { readIngestConfig } from "../../apps/ingest/src/config.ts";
import { createInFlight, createTurns } from "../../apps/ingest/src/fair-share.ts";
import { createIngestMetrics } from "../../apps/ingest/src/metrics.ts";
import { createRateLimit } from "../../apps/ingest/src/rate-limit.ts";
import { createRequestLog } from "../../apps/ingest/src/request-log.ts";
import { serve } from "../../apps/ingest/src/server.ts";

const { requestsPerSecondMax, bytesPerSecondMax, inFlightMax, clientsFile, prism, timeouts } = readIngestConfig();
const log = createLog({ name: "ingest-without-queue" });
const inFlight = createInFlight(inFlightMax);
const { port } = await serve(
  {
    acceptor: {
      isOurs: () => true,
      add: async () => undefined,
      check: async () => ({ ok: true, durability: "none", warnings: [] }),
    },
    clients: watchClients(clientsFile, log),
    noteKeyUse: () => undefined,
    requestLog: createRequestLog({ note: () => true, log }),
    rateLimit: createRateLimit({ requestsPerSecondMax, bytesPerSecondMax, shared: undefined, log }),
    inFlight,
    turns: createTurns(),
    metrics: createIngestMetrics(() => inFlight.count),
    ...{ prism, log },
  },
  { port: 0, host: "127.0.0.1", timeouts },
);
process.send?.({ port });

// Whoever started it may be killed.
process.once("disconnect", () => process.exit());
