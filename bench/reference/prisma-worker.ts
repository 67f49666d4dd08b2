// Reference of the drain: what most would write. One interactive transaction of Prisma per job, with the same guarantees as
// far as they go: a movement under a unique key, the level raised in the database. Environment: REDIS_URL, PREFIX,
// CONCURRENCY, DATABASE_URL.
import { openDatabase } from "@inventory-sync/db";
import { contentDigest, type StockEvent } from "@inventory-sync/domain";
import { Worker } from "bullmq";
import { Redis } from "ioredis";

const concurrency = Number(process.env.CONCURRENCY);
const retryMs = 100;
const { prisma } = openDatabase({ url: process.env.DATABASE_URL ?? "", name: "reference", poolMax: concurrency });
const facilities = new Map((await prisma.facility.findMany()).map(({ facilityId, id }) => [facilityId, id]));

async function apply(event: StockEvent): Promise<void> {
  const facilityId = facilities.get(event.facilityId);
  if (facilityId === undefined) throw new Error(`unknown facility ${event.facilityId}`);
  const content = Buffer.from(contentDigest(event).slice(0, 32), "hex");
  const occurredAt = new Date(event.occurredAt ?? event.receivedAt);
  await prisma.$transaction(async (tx) => {
    for (const { line, idType, idValue, quantity } of event.lines) {
      const { productId } = await tx.productIdentification.findUniqueOrThrow({
        where: { idType_idValue: { idType, idValue } },
      });
      await tx.movement.create({
        data: {
          ...{ facilityId, eventId: event.eventId, line, productId, type: event.type },
          ...{ quantity, effect: quantity, occurredAt, content },
        },
        select: { line: true },
      });
      await tx.level.upsert({
        where: { facilityId_productId: { facilityId, productId } },
        create: { facilityId, productId, onHand: quantity },
        update: { onHand: { increment: quantity } },
        select: { productId: true },
      });
    }
  });
}

const worker = new Worker(
  "events",
  async ({ data }: { data: { events: StockEvent[] } }) => {
    for (const event of data.events) await apply(event);
  },
  {
    connection: new Redis(process.env.REDIS_URL ?? "", { maxRetriesPerRequest: null }),
    prefix: process.env.PREFIX ?? "",
    concurrency,
    // The product's jobs ask for a way of waiting by its name: Prisma gives up a transaction that has waited for 2 s to begin.
    settings: { backoffStrategy: () => retryMs },
  },
);
await worker.waitUntilReady();
process.send?.({ port: 0 });

// Whoever started it may be killed.
process.once("disconnect", () => process.exit());
