// Reference of the drain: BullMQ's own worker over the same jobs, which does nothing with them. Environment: REDIS_URL,
// PREFIX, CONCURRENCY.
import { Worker } from "bullmq";
import { Redis } from "ioredis";

const connection = new Redis(process.env.REDIS_URL ?? "", { maxRetriesPerRequest: null });
const worker = new Worker("events", async () => undefined, {
  connection,
  prefix: process.env.PREFIX ?? "",
  concurrency: Number(process.env.CONCURRENCY),
});
await worker.waitUntilReady();
process.send?.({ port: 0 });

// Whoever started it may be killed.
process.once("disconnect", () => process.exit());
