// The batcher: batches follow the load, keep the order of one key, and never lose an item (group-commit.ts says what it promises).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGroupCommit } from "../src/group-commit.ts";

interface Item {
  key: string;
  weight: number;
  serial: number;
}

const limits = { keyOf: (item: Item) => item.key, sizeMax: 5, waitMsMax: 1, runningMax: 2 };
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A run that holds every batch until it is let go. */
function gate() {
  const batches: Item[][] = [];
  const waiting: (() => void)[] = [];
  const run = (batch: Item[]) => {
    batches.push(batch);
    return new Promise<number[]>((resolve) => waiting.push(() => resolve(batch.map((item) => item.serial))));
  };
  return { batches, run, release: () => waiting.shift()?.() };
}

const items = (count: number): Item[] =>
  Array.from({ length: count }, (_, serial) => ({ key: `k${serial}`, weight: 1, serial }));

describe("group commit", () => {
  it("settles every item exactly once with its own fate, never puts a key twice into one batch or beside itself, and keeps a key's order", async () => {
    const item = fc.record({
      key: fc.constantFrom("a", "b", "c", "d", "e", "f"),
      weight: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 60 }),
        fc.array(fc.nat(3), { maxLength: 20 }),
        async (drawn, pauses) => {
          const keysRunning = new Set<string>();
          const seen: Item[] = [];
          let running = 0;
          const commit = createGroupCommit<Item, number>({
            ...limits,
            weightOf: (one) => one.weight,
            weightMax: 12,
            run: async (batch) => {
              running += 1;
              expect(running).toBeLessThanOrEqual(2);
              expect(batch.length).toBeLessThanOrEqual(5);
              const weight = batch.reduce((sum, one) => sum + one.weight, 0);
              expect(weight <= 12 || batch.length === 1).toBe(true);
              for (const one of batch) {
                expect(keysRunning.has(one.key)).toBe(false);
                keysRunning.add(one.key);
                seen.push(one);
              }
              for (let count = pauses[seen.length % 20] ?? 0; count > 0; count -= 1) await turn();
              for (const one of batch) keysRunning.delete(one.key);
              running -= 1;
              return batch.map((one) => one.serial);
            },
          });
          const all = drawn.map((one, serial) => ({ ...one, serial }));
          const fates = all.map((one) => commit.add(one));
          await commit.close();
          expect(await Promise.all(fates)).toEqual(all.map((one) => one.serial));
          expect(seen.length).toBe(all.length);
          for (const key of new Set(all.map((one) => one.key))) {
            const serials = seen.filter((one) => one.key === key).map((one) => one.serial);
            expect(serials).toEqual([...serials].sort((a, b) => a - b));
          }
          expect(commit.size()).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("fails only the poisoned items, however they are placed, as long as the budget lasts", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 64 }),
        fc.uniqueArray(fc.nat(63), { maxLength: 2 }),
        async (count, bad) => {
          const commit = createGroupCommit<Item, string>({
            ...limits,
            sizeMax: 64,
            run: async (batch) => {
              if (batch.some((one) => bad.includes(one.serial))) throw new Error("this statement does not go");
              return batch.map(() => "done");
            },
          });
          const settled = await Promise.allSettled(items(count).map((one) => commit.add(one)));
          const failed = settled.flatMap((one, index) => (one.status === "rejected" ? [index] : []));
          expect(failed).toEqual(bad.filter((index) => index < count).sort((a, b) => a - b));
        },
      ),
    );
  });

  it("starts a lone item at once and fills the next batch while one runs", async () => {
    const { batches, run, release } = gate();
    const commit = createGroupCommit<Item, number>({ ...limits, runningMax: 1, waitMsMax: 10_000, run });
    const [first, ...rest] = items(4);
    const fates = first ? [commit.add(first)] : [];
    await turn();
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([1]);
    fates.push(...rest.map((one) => commit.add(one)));
    await turn();
    expect(batches).toHaveLength(1);
    release();
    await fates[0];
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
    release();
    expect(await Promise.all(fates)).toEqual([0, 1, 2, 3]);
  });

  it("runs as many batches at once as it was told last", async () => {
    const { batches, run, release } = gate();
    const commit = createGroupCommit<Item, number>({ ...limits, sizeMax: 1, runningMax: 1, waitMsMax: 0, run });
    const fates = items(3).map((item) => commit.add(item));
    await turn();
    expect(batches).toHaveLength(1);
    commit.limit(2);
    expect(batches).toHaveLength(2);
    commit.limit(1);
    release();
    await fates[0];
    await turn();
    expect(batches).toHaveLength(2);
    release();
    await fates[1];
    await turn();
    release();
    expect(await Promise.all(fates)).toEqual([0, 1, 2]);
  });

  it("starts a second batch beside a running one when it weighs as much, or when its oldest item has waited long enough", async () => {
    const { batches, run, release } = gate();
    const commit = createGroupCommit<Item, number>({ ...limits, runningMax: 3, weightOf: (one) => one.weight, run });
    const [first, second, third] = items(3) as [Item, Item, Item];
    const fates = [commit.add({ ...first, weight: 2 })];
    await turn();
    await turn();
    fates.push(commit.add(second));
    await turn();
    expect(batches).toHaveLength(1);
    await expect.poll(() => batches.length, { interval: 1 }).toBe(2);
    fates.push(commit.add({ ...third, weight: 3 }));
    await turn();
    await turn();
    expect(batches).toHaveLength(3);
    for (const _ of batches) release();
    expect(await Promise.all(fates)).toEqual([0, 1, 2]);
  });

  it("takes urgent items first, others up to a quarter beside them, and keeps the last slot for the urgent", async () => {
    const { batches, run, release } = gate();
    const isUrgent = (item: Item) => item.weight === 0;
    const commit = createGroupCommit<Item, number>({ ...limits, sizeMax: 8, isUrgent, run });
    const backlog = items(20).map((item) => commit.add(item));
    await turn();
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([8]);
    const live = [20, 21].map((serial) => commit.add({ key: `k${serial}`, weight: 0, serial }));
    await expect.poll(() => batches.length, { interval: 1 }).toBe(2);
    expect(batches[1]?.map((item) => item.serial)).toEqual([20, 21, 8, 9]);
    const fates = Promise.all([...backlog, ...live]);
    for (let released = 0; released < 7; released += 1) {
      release();
      await turn();
      await turn();
    }
    expect(await fates).toHaveLength(22);
  });

  it("lets others go a quarter of a batch at a time, one batch at a time, while urgent items keep coming", async () => {
    const { batches, run, release } = gate();
    const clock = { ms: 0 };
    const isUrgent = (item: Item) => item.weight === 0;
    const parts = { ...limits, sizeMax: 8, runningMax: 3, isUrgent, run, now: () => clock.ms };
    const commit = createGroupCommit<Item, number>(parts);
    const next = async () => {
      release();
      await turn();
      await turn();
    };
    const live = commit.add({ key: "live", weight: 0, serial: 99 });
    await turn();
    await turn();
    await next();
    const backlog = Promise.all(items(24).map((item) => commit.add(item)));
    await turn();
    await turn();
    expect(batches.map((batch) => batch.length)).toEqual([1, 2]);
    await next();
    expect(batches.map((batch) => batch.length)).toEqual([1, 2, 2]);
    clock.ms = 1_000;
    await next();
    expect(batches.map((batch) => batch.length)).toEqual([1, 2, 2, 8, 8]);
    for (let released = 0; released < 3; released += 1) await next();
    expect(await live).toBe(99);
    expect(await backlog).toHaveLength(24);
  });

  it("fails an item that the result does not mention, and only that one", async () => {
    const commit = createGroupCommit<Item, string>({ ...limits, run: async () => ["done", undefined, "done"] });
    const settled = await Promise.allSettled(items(3).map((one) => commit.add(one)));
    expect(settled.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("does not take a batch apart for an error that is nobody's fault", async () => {
    let runs = 0;
    const commit = createGroupCommit<Item, string>({
      ...limits,
      mayBisect: () => false,
      run: async () => {
        runs += 1;
        throw new Error("connection lost");
      },
    });
    const settled = await Promise.allSettled(items(5).map((one) => commit.add(one)));
    expect(settled.every((one) => one.status === "rejected")).toBe(true);
    expect(runs).toBe(1);
  });

  it("bounds the extra runs when every item is bad", async () => {
    let runs = 0;
    const commit = createGroupCommit<Item, string>({
      ...limits,
      sizeMax: 400,
      bisectRunsMax: 10,
      run: async () => {
        runs += 1;
        throw new Error("no");
      },
    });
    const settled = await Promise.allSettled(items(400).map((one) => commit.add(one)));
    expect(settled.every((one) => one.status === "rejected")).toBe(true);
    expect(runs).toBe(11);
  });

  it("flushes on close and takes nothing afterwards", async () => {
    const commit = createGroupCommit<Item, string>({ ...limits, run: async (batch) => batch.map(() => "done") });
    const fates = items(12).map((one) => commit.add(one));
    await commit.close();
    expect(await Promise.all(fates)).toHaveLength(12);
    await expect(commit.add({ key: "late", weight: 1, serial: 99 })).rejects.toThrow("closed");
  });
});
