// Reference of ingest: the plainest Express app that does the same. It parses with express.json, checks with the product's own
// schema and answers; with ADD=true after one queue.add per event. Environment: ADD, REDIS_URL, PREFIX.
import type { AddressInfo } from "node:net";
import { fromWire, wireEvent } from "@inventory-sync/domain";
import { Queue } from "bullmq";
import express from "express";
import { Redis } from "ioredis";

const queue =
  process.env.ADD === "true"
    ? new Queue("plain", { connection: new Redis(process.env.REDIS_URL ?? ""), prefix: process.env.PREFIX ?? "" })
    : undefined;
const app = express();
app.use(express.json());
app.post("/v1/events", async (request, response) => {
  const checked = wireEvent.safeParse(request.body);
  if (!checked.success) return void response.status(422).json(checked.error.issues);
  const event = fromWire(checked.data, new Date());
  await queue?.add("event", event, { jobId: `e-${event.facilityId}-${event.eventId}` });
  response.status(202).json({ accepted: 1, events: [{ eventId: event.eventId, status: "queued" }] });
});
const server = app.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));

// Whoever started it may be killed.
process.once("disconnect", () => process.exit());
