// Channels beside sales that wait: how long a round is followed by a pause.
import { createLog } from "@inventory-sync/runtime";
import { expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { createPacer, createSpareTime } from "../src/channels/spare-time.ts";

it("a channel goes on at once where nothing waits, and otherwise takes a twentieth of the time until the others are through", async () => {
  const spare = createSpareTime();
  const pauseAfter = async (workedMs: number, signal = new AbortController().signal) => {
    const startedAt = performance.now();
    await spare.after(workedMs, { share: 20, stopping: signal });
    return performance.now() - startedAt;
  };
  expect(await pauseAfter(100)).toBeLessThan(100);
  spare.giveWay();
  expect(await pauseAfter(10)).toBeGreaterThanOrEqual(189);
  spare.giveWay();
  expect(await pauseAfter(100_000, AbortSignal.abort())).toBeLessThan(100);
  expect(await pauseAfter(100_000)).toBeLessThan(4_000);
});

it("levels are numbered again as soon as no other work waits, however long the last time took", async () => {
  const spare = createSpareTime();
  const begun: number[] = [];
  const pacer = createPacer(
    async () => {
      begun.push(performance.now());
      // As at the end of a large reset, whose last stores still called for way.
      spare.giveWay();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return begun.length < 2;
    },
    { spare, log: createLog({ name: "test", settings: { level: "silent", format: "json" } }) },
  );
  pacer.wake();
  await eventually(() => begun.length === 2);
  pacer.stop();
  const [first = 0, second = 0] = begun;
  // 29 times 300 ms would be 8.7 s.
  expect(second - first).toBeLessThan(4_000);
});
