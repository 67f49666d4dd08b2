// Jobs outlive a deployment: what the version before has queued is understood by this one, and, because both run side by side for
// a while, what this one queues is understood by the version before.
import type { StockEvent } from "@inventory-sync/domain";
import { expect, it } from "vitest";
import { z } from "zod";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { consume, consumeEvents, done as doneWith, eventJobId } from "../src/index.ts";
import { closing, done, openFresh, sale } from "./support.ts";

const id = z.string().min(1).max(128);
const generation = z.number().int().min(0);

/**
 * What the version before reads jobs by; frozen. When this version is released as it stands here, copy its schemas: of `catalog.ts`,
 * and `stockEvent` of the domain.
 */
const before = {
  events: z.object({
    events: z
      .array(
        z.strictObject({
          eventId: id,
          facilityId: id,
          type: z.enum(["sale", "return", "adjustment", "shipment", "shipment-acknowledged"]),
          occurredAt: z.iso.datetime().nullable(),
          receivedAt: z.iso.datetime(),
          lines: z.array(
            z.strictObject({ line: z.int().min(1), idType: z.string(), idValue: z.string(), quantity: z.string() }),
          ),
          shipmentEventId: id.optional(),
          reason: z.string().max(256).optional(),
        }),
      )
      .min(1)
      .max(50)
      .refine((events) => events.every(({ facilityId }) => facilityId === events[0]?.facilityId)),
    client: z.string(),
    v: z.literal(1).optional(),
  }),
  resets: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("run"), runKey: id }),
    z.object({ kind: z.literal("reset"), resetId: id, generation }),
  ]),
  "facility-resets": z.object({ resetId: id, facilityId: id, generation }),
};

/** What the version before wrote, and the one before that, which gave jobs of events no number. */
const written = {
  events: [
    { events: [sale("no-number")], client: "pos" },
    { v: 1, events: [sale("number")], client: "pos" },
    { v: 1, events: [sale("one-of-two"), sale("two-of-two")], client: "pos" },
  ],
  resets: [
    { kind: "run", runKey: "2026-11-23T04:00[Europe/Berlin]" },
    { kind: "reset", resetId: "r-1", generation: 3 },
  ],
  "facility-resets": [{ resetId: "r-1", facilityId: "S001", generation: 3 }],
};

eachBackend("jobs in flight while versions change", (backend) => {
  it("of the version before are understood", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const [events, resets, facilities] = queues.bullQueues();
    for (const [index, data] of written.events.entries()) await events?.add("before", data, { jobId: `e-${index}` });
    for (const [index, data] of written.resets.entries()) await resets?.add("before", data, { jobId: `r-${index}` });
    for (const data of written["facility-resets"]) await facilities?.add("before", data, { jobId: "fr-0" });
    const understood: unknown[] = [];
    const apply = async (batch: readonly { readonly eventId: string }[]) => {
      understood.push(...batch.map(({ eventId }) => eventId));
      return batch.map(() => done);
    };
    const note = async ({ payload }: { payload: unknown }) => {
      understood.push(payload);
      return doneWith();
    };
    closing(consumeEvents(queues, apply));
    closing(consume(queues, "resets", note, { concurrency: 1 }));
    closing(consume(queues, "facility-resets", note, { concurrency: 1 }));
    await eventually(() => understood.length === 7);
    const others = [...written.resets, ...written["facility-resets"]];
    expect(understood).toEqual(expect.arrayContaining(["no-number", "number", "one-of-two", "two-of-two", ...others]));
    await eventually(
      async () => Object.values(await queues.counts()).reduce((sum, { completed }) => sum + completed, 0) === 6,
    );
  });

  it("of this version are understood by the version before", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const acknowledged: Partial<StockEvent> = {
      type: "shipment-acknowledged",
      shipmentEventId: "s-1",
      lines: [],
      reason: "arrived",
    };
    const sent = [sale("e-1"), sale("e-2", acknowledged), sale("e-3", { facilityId: "S002", occurredAt: null })];
    await queues.addEvents(sent, "pos");
    await queues.addResetRun("2026-11-23T04:00[Europe/Berlin]");
    const resetJobId = await queues.addReset({ resetId: "r-1", generation: 3, label: "onhand.csv" });
    const [events, resets, facilities] = queues.bullQueues();
    const jobs = (await events?.getJobs(["waiting", "prioritized"])) ?? [];
    // A job has the events of one facility.
    expect(jobs).toHaveLength(2);
    for (const job of jobs) expect(before.events.parse(job.data)).toEqual(job.data);
    const resetJobs = (await resets?.getJobs(["waiting"])) ?? [];
    expect(resetJobs).toHaveLength(2);
    for (const job of resetJobs) expect(before.resets.parse(job.data)).toEqual(job.data);
    expect((await events?.getJob(eventJobId(sale("e-3", { facilityId: "S002", occurredAt: null }))))?.data.v).toBe(1);
    // The children of a reset can only be added while its job runs.
    closing(
      consume(
        queues,
        "resets",
        async ({ jobId, payload }) => {
          if (jobId !== resetJobId || payload.kind !== "reset") return doneWith();
          await queues.addFacilityResets({ ...payload, resetJobId, facilityIds: ["S001"] });
          return { fate: "waits-for-children" };
        },
        { concurrency: 1 },
      ),
    );
    const child = await eventually(async () => (await facilities?.getJobs(["waiting"]))?.[0]);
    expect(before["facility-resets"].parse(child?.data)).toEqual(child?.data);
  });
});
