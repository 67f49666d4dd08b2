// What each input ends as, from outside: the rows of tests/support/semantics.ts over HTTP, as Bull Board shows how their jobs
// ended; and what each part of a reset can become, by files over SFTP and decisions over the board's API.
import type { WireEvent } from "@inventory-sync/domain";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type System, startProcess, startSystem } from "../support/index.ts";
import { before, type Ends, semantics, type Unknown } from "../support/semantics.ts";
import { instant } from "../support/wire-events.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { addProduct, correctTimes } from "./operator.ts";
import { type JobSeen, type Outside, outsideOf, snapshotCsv, stepMsMax } from "./outside.ts";

const AN_HOUR_MS = 3_600_000;
const ENDS = ["completed", "failed", "delayed"] as const;

let system: System;
let outside: Outside;
let database: DatabaseClient;
let queues: Queues;
/** What the running worker's settings say of unknown names. */
let setting: Unknown;

beforeAll(async () => {
  system = await startSystem({ backend: "redis" });
  outside = await outsideOf(system);
  database = await databaseClient(system);
  const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
  queues = await openQueues({ url: system.queueUrl, role: "inspector", log });
  setting = "create";
  for (const product of before.products) await addProduct(system, product);
  for (const wire of before.first) await ended(wire);
  const { at, counts } = before.count;
  await count("S001", at, counts);
  for (const wire of before.last) await ended(wire);
  const { facilityId, minutes } = before.corrected;
  await count(facilityId, at, counts);
  await correctTimes(system, facilityId, minutes);
  await database.lockFacility("S009");
});

afterAll(async () => {
  await database?.release();
  await Promise.all([database?.end(), queues?.close()]);
  outside?.end();
  await system?.stop();
});

/** A file that counts one facility. */
async function count(facilityId: string, at: string, counts: Readonly<Record<string, number>>) {
  const name = `${facilityId}-${instant(at).replace(/[-:]/g, "")}.csv`;
  return outside.runFile(name, snapshotCsv(Object.entries(counts).map(([sku, number]) => [facilityId, sku, number])));
}

/** Has another worker do the jobs from now on, whose settings say this of unknown names. */
async function workWith(unknown: Unknown): Promise<void> {
  if (unknown === setting) return;
  await system.processes.worker.stop();
  const names = { UNKNOWN_FACILITY: unknown === "create" ? "create" : "reject", UNKNOWN_PRODUCT: unknown };
  system.processes.worker = await startProcess("worker", { ...system.env, ...names });
  setting = unknown;
}

/**
 * Sends one event and gives how its job has ended. The queue is made to forget what it did before, so that it has to ask the ledger.
 * @param isKept false where a job with this end is not kept, so that the event may be sent again
 */
async function ended(wire: WireEvent, isKept = true): Promise<{ state: string; job?: JobSeen }> {
  const events = queues.bullQueues().find(({ name }) => name === "events");
  for (const state of ["completed", "failed"] as const) await events?.clean(0, 0, state);
  const wanted = `${wire.type} ${wire.facilityId} ${wire.eventId}`;
  await outside.send(wire);
  if (!isKept) await outside.applied(wire.facilityId, wire.eventId);
  return eventually(
    async () => {
      const { active, waiting, completed } = (await outside.jobs("events", "completed")).counts;
      if (!isKept && active === 0 && waiting === 0 && completed === 0) return { state: "gone" };
      for (const state of ENDS) {
        const job = (await outside.jobs("events", state)).jobs.find(({ name }) => name === wanted);
        if (job) return { state, job };
      }
      return undefined;
    },
    { withinMs: stepMsMax },
  );
}

function expected(ends: Ends): object {
  if ("rejected" in ends) return { state: "failed", job: { failedReason: expect.stringContaining(ends.rejected) } };
  if ("deferred" in ends) return { state: "delayed" };
  if (ends.done.skipped !== undefined) return { state: "gone" };
  const nothing = { applied: 0, duplicate: 0, absorbed: 0, skipped: 0 };
  return { state: "completed", job: { returnValue: { ...nothing, ...ends.done } } };
}

async function stock(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const sku of ["X", "W", "NEW"]) found[sku] = (await outside.onHand("S001", sku)) ?? 0;
  return found;
}

describe.each(Object.entries(semantics(new Date(Date.now() + AN_HOUR_MS).toISOString())))("%s", (_part, rows) => {
  it.each(rows)("%s", async (_what, wire, unknown, ends, moves) => {
    await workWith(unknown);
    const had = await stock();
    const end = expected(ends);
    expect(await ended(wire, !("state" in end && end.state === "gone"))).toMatchObject(end);
    const wanted = Object.fromEntries(
      Object.entries(had).map(([sku, quantity]) => [sku, quantity + (moves[sku] ?? 0)]),
    );
    expect(await stock()).toEqual(wanted);
  });
});

describe("a clock that is ahead", () => {
  it("is marked on the movement, which has the time of receipt", async () => {
    const [ahead] = await outside.applied("S001", "a3");
    expect(ahead).toMatchObject({ clockSkew: true });
    expect(Date.parse(ahead?.occurredAt ?? "")).toBeLessThanOrEqual(Date.now());
    expect(await outside.applied("S001", "a1")).toMatchObject([{ clockSkew: false }]);
  });
});

describe("a facility's part of a reset", () => {
  const P = "PART";
  const partOf = async (id: string) => (await outside.reset(id)).facilities[0]?.state;
  const decide = async (id: string, what: string) => {
    const answer = await system.board(`/api/resets/${id}${what}`, {});
    expect(answer.status).toBe(200);
  };
  const held = async (at: string) => {
    const reset = await count(P, at, { A: 1, B: 1 });
    expect(reset).toMatchObject({ state: "completed-with-holds", facilities: [{ state: "held" }] });
    return reset.id;
  };

  beforeAll(() => workWith("create"));

  it("is applied when it counts a facility for the first time", async () => {
    expect(await count(P, "12:00", { A: 100, B: 100 })).toMatchObject({ facilities: [{ state: "applied" }] });
  });

  it("is stale when a newer count is in force", async () => {
    expect(await count(P, "11:00", { A: 7, B: 7 })).toMatchObject({ facilities: [{ state: "stale" }] });
  });

  it("is held when it would change too much, and rejected by an operator, by a newer count, or approved and reverted", async () => {
    const first = await held("13:00");
    await decide(first, `/facilities/${P}/reject`);
    expect(await partOf(first)).toBe("rejected");

    const second = await held("14:00");
    expect(await count(P, "15:00", { A: 99, B: 100 })).toMatchObject({ facilities: [{ state: "applied" }] });
    expect(await partOf(second)).toBe("rejected");

    const third = await held("16:00");
    await decide(third, `/facilities/${P}/approve`);
    expect([await partOf(third), await outside.onHand(P, "A")]).toEqual(["applied", 1]);
    await decide(third, "/revert");
    expect([await partOf(third), await outside.onHand(P, "A")]).toEqual(["reverted", 99]);
  });

  it("stays pending in a preview, which changes nothing", async () => {
    await outside.files.upload("preview-20261101T170000Z.csv", snapshotCsv([[P, "A", 98]]));
    const asked = await system.board("/api/resets", { preview: true });
    const { resetIds } = (await asked.json()) as { resetIds: string[] };
    expect(await outside.ended(resetIds[0] ?? "")).toMatchObject({
      state: "preview",
      facilities: [{ state: "pending" }],
    });
    expect(await outside.onHand(P, "A")).toBe(99);
  });
});
