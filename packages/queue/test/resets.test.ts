// Flow 2 through the queue: a run, a reset that fans out into facilities, and its end whatever becomes of them.
import { Deferred, Rejected } from "@inventory-sync/domain";
import { expect, it } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { consume, done as doneWith, type Handler } from "../src/index.ts";
import { closing, openFresh } from "./support.ts";

eachBackend("resets", (backend) => {
  it("completes a reset when all its facilities have ended, one of them failed", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const facilityIds = ["S001", "S002", "S003"];
    const ended = new Map<string, string>();
    let runs = 0;
    const reset: Handler<"resets"> = async ({ payload, jobId }) => {
      runs += 1;
      if (payload.kind === "run") return doneWith();
      if (ended.size === facilityIds.length) return doneWith({ facilities: ended.size });
      await queues.addFacilityResets({
        resetJobId: jobId,
        resetId: payload.resetId,
        generation: payload.generation,
        facilityIds,
      });
      return { fate: "waits-for-children" };
    };
    const facilityReset: Handler<"facility-resets"> = async ({ payload, progress }) => {
      await progress({ rows: 1 });
      ended.set(payload.facilityId, "ended");
      if (payload.facilityId === "S002")
        return { fate: "rejected", code: "STAGING_LOST", message: "the staged rows of S002 are gone" };
      return doneWith({ state: "applied" });
    };
    closing(consume(queues, "resets", reset, { concurrency: 1 }));
    const id = await queues.addReset({ resetId: "r-1", generation: 1, label: "onhand.csv" });
    await eventually(async () => (await queues.counts()).resets["waiting-children"] === 1);
    await queues.updateResetProgress(id, { rowsStaged: 10, facilitiesDone: 0, facilities: 3 });
    closing(consume(queues, "facility-resets", facilityReset, { concurrency: 2 }));
    await eventually(async () => (await queues.counts()).resets.completed === 1);
    expect(runs).toBe(2);
    const job = await queues.bullQueues()[1]?.getJob(id);
    expect(job?.name).toBe("reset onhand.csv");
    expect(job?.returnvalue).toEqual({ facilities: 3 });
    expect(job?.progress).toEqual({ rowsStaged: 10, facilitiesDone: 0, facilities: 3 });
    expect(job?.attemptsMade).toBe(1);
    expect((await queues.failedCauses()).causes).toMatchObject([
      { queue: "facility-resets", cause: "STAGING_LOST", count: 1 },
    ]);
  });

  it("makes a reset's job where the queue has none of it, and leaves one that is there as it is", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const reset = { resetId: "r-1", generation: 1, label: "onhand.csv" };
    expect(await eventually(async () => ({ added: await queues.ensureReset(reset) }))).toEqual({ added: true });
    expect(await queues.ensureReset(reset)).toBe(false);
    closing(consume(queues, "resets", async () => doneWith({ done: true }), { concurrency: 1 }));
    await eventually(async () => (await queues.counts()).resets.completed === 1);
    expect(await queues.ensureReset(reset)).toBe(false);
    expect(await queues.ensureReset({ ...reset, generation: 2 })).toBe(true);
    await eventually(async () => (await queues.counts()).resets.completed === 2);
  });

  it("goes on at once when all facilities have ended before it began to wait", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    let runs = 0;
    const reset: Handler<"resets"> = async () => {
      runs += 1;
      if (runs === 1) return { fate: "waits-for-children" };
      return doneWith({ runs });
    };
    closing(consume(queues, "resets", reset, { concurrency: 1 }));
    await queues.addReset({ resetId: "r-1", generation: 1, label: "onhand.csv" });
    await eventually(async () => (await queues.counts()).resets.completed === 1);
    expect(runs).toBe(2);
  });

  it("adds twelve hundred facilities, and adding them again after a crash neither doubles nor hangs anything", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const facilityIds = Array.from({ length: 1_200 }, (_, index) => `S${index}`);
    const applied = new Set<string>();
    let fanOuts = 0;
    const reset: Handler<"resets"> = async ({ payload, jobId }) => {
      if (payload.kind === "run") return doneWith();
      const left = facilityIds.filter((facilityId) => !applied.has(facilityId));
      if (left.length === 0) return doneWith({ facilities: applied.size });
      fanOuts += 1;
      await queues.addFacilityResets({
        resetJobId: jobId,
        resetId: payload.resetId,
        generation: payload.generation,
        facilityIds: left,
      });
      if (fanOuts === 1) throw new Deferred(10, "a crash between adding and waiting, as good as");
      return { fate: "waits-for-children" };
    };
    closing(consume(queues, "resets", reset, { concurrency: 1 }));
    await queues.addReset({ resetId: "r-1", generation: 1, label: "onhand.csv" });
    await eventually(async () => (await queues.counts()).resets["waiting-children"] === 1, { withinMs: 90_000 });
    expect((await queues.counts())["facility-resets"].waiting).toBe(1_200);
    const facilityReset: Handler<"facility-resets"> = async ({ payload }) => {
      applied.add(payload.facilityId);
      return doneWith({ state: "applied" });
    };
    closing(consume(queues, "facility-resets", facilityReset, { concurrency: 20 }));
    await eventually(async () => (await queues.counts()).resets.completed === 1, { withinMs: 90_000 });
    expect(applied.size).toBe(1_200);
  });

  it("tries a failed facility again when its reset adds it again in the same generation", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const tries: string[] = [];
    const reset: Handler<"resets"> = async ({ payload, jobId }) => {
      if (payload.kind === "run") return doneWith();
      if (tries.length === 2) return doneWith({ tries: tries.length });
      await queues.addFacilityResets({
        resetJobId: jobId,
        resetId: payload.resetId,
        generation: 1,
        facilityIds: ["S001"],
      });
      return { fate: "waits-for-children" };
    };
    const facilityReset: Handler<"facility-resets"> = async ({ payload }) => {
      tries.push(payload.facilityId);
      if (tries.length === 1) throw new Rejected("STAGING_LOST", "the staged rows of S001 are gone");
      return doneWith();
    };
    closing(consume(queues, "resets", reset, { concurrency: 1 }));
    closing(consume(queues, "facility-resets", facilityReset, { concurrency: 1 }));
    await queues.addReset({ resetId: "r-1", generation: 1, label: "onhand.csv" });
    await eventually(async () => (await queues.counts()).resets.completed === 1);
    expect(tries).toEqual(["S001", "S001"]);
  });

  it("has one job for a run that is added three times, and makes it anew after it ended", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const keys: string[] = [];
    for (let count = 0; count < 3; count += 1) await queues.addResetRun("2026-11-23 04:00 UTC");
    expect((await queues.counts()).resets.waiting).toBe(1);
    const reset: Handler<"resets"> = async ({ payload }) => {
      if (payload.kind === "run") keys.push(payload.runKey);
      if (keys.length === 2) throw new Rejected("NO_FILE", "no file waits");
      return doneWith();
    };
    closing(consume(queues, "resets", reset, { concurrency: 1 }));
    for (const runs of [1, 2, 3]) {
      await eventually(async () => {
        const { completed, failed } = (await queues.counts()).resets;
        return keys.length === runs && completed + failed === 1;
      });
      if (runs < 3) await queues.addResetRun("2026-11-23 04:00 UTC");
    }
    expect(keys).toEqual(Array(3).fill("2026-11-23 04:00 UTC"));
  });
});
