// What ingest counts, as Prometheus reads it at /metrics.
import { type PrismNote, prismCodes, type StockEvent } from "@inventory-sync/domain";
import { Counter, cached, createMetrics, Gauge, Histogram, type Registry } from "@inventory-sync/runtime";

/** Making the text takes over a millisecond, and anybody who reaches the port may ask for it: it is made four times a second at most. */
const REMEMBERED_MS = 250;

/** The numbers of ingest. Labels hold no ids of clients' making: the number of series stays small. */
export type IngestMetrics = ReturnType<typeof createIngestMetrics>;

/** @param inFlight tells how many requests are being worked on, whenever the numbers are read */
export function createIngestMetrics(inFlight: () => number) {
  const registry = createMetrics("ingest");
  const registers = [registry];
  const accepted = new Counter({
    name: "ingest_events_accepted_total",
    help: "Events answered with 200 or 202: durably in the queue",
    labelNames: ["type"],
    registers,
  });
  const prism = new Counter({
    name: "ingest_prism_left_out_total",
    help: "Prism documents and lines that were left out, and those that count and are odd, by why",
    labelNames: ["code"],
    registers,
  });
  for (const code of prismCodes) prism.inc({ code }, 0);
  new Gauge({
    name: "ingest_requests_in_flight",
    help: "POST requests being worked on",
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  const text = cached(REMEMBERED_MS, (of: Registry) => of.metrics());
  return {
    registry,
    /** All of it as Prometheus reads it, as it was within the last quarter of a second. */
    text: () => text(registry),
    requests: new Counter({
      name: "ingest_requests_total",
      help: "Requests answered, by route and HTTP status",
      labelNames: ["route", "status"],
      registers,
    }),
    requestSeconds: new Histogram({
      name: "ingest_request_seconds",
      help: "Time from the arrival of a request to its answer",
      labelNames: ["route"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    queueAddSeconds: new Histogram({
      name: "ingest_queue_add_seconds",
      help: "Time the queue took to accept the events of one request",
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    queueRefusals: new Counter({
      name: "ingest_queue_refusals_total",
      help: "Requests answered with 503 because the queue could not take their events",
      registers,
    }),
    countAccepted(events: readonly StockEvent[]): void {
      for (const { type } of events) accepted.inc({ type });
    },
    /** Counts what was left out of Prism documents, or was odd. */
    countPrism(notes: readonly PrismNote[]): void {
      for (const { code } of notes) prism.inc({ code });
    },
  };
}
