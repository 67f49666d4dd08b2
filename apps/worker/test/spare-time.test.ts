// Channels beside sales that wait: how long a round is followed by a pause.
import { expect, it } from "vitest";
import { createSpareTime } from "../src/channels/spare-time.ts";

it("a channel goes on at once where nothing waits, and otherwise takes a twentieth of the time until the others are through", async () => {
  const spare = createSpareTime();
  const pauseAfter = async (workedMs: number, signal = new AbortController().signal) => {
    const startedAt = performance.now();
    await spare.after(workedMs, signal);
    return performance.now() - startedAt;
  };
  expect(await pauseAfter(100)).toBeLessThan(100);
  spare.giveWay();
  expect(await pauseAfter(10)).toBeGreaterThanOrEqual(189);
  spare.giveWay();
  expect(await pauseAfter(100_000, AbortSignal.abort())).toBeLessThan(100);
  expect(await pauseAfter(100_000)).toBeLessThan(4_000);
});
