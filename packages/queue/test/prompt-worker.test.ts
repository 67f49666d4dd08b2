// How soon a job that was fetched is worked on, and that as many are in hand as may be.
import { expect, it } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { consume, done } from "../src/index.ts";
import { closing, openFresh, sale } from "./support.ts";

const JOBS = 600;

eachBackend("a worker with many jobs to fetch", (backend) => {
  it.each([
    ["more than there are", 10 * JOBS],
    ["a few", 7],
  ])(
    "begins with the first while the others wait to be fetched, has no more in hand than it may, and does all: it may have %s",
    async (_name, concurrency) => {
      const queues = await openFresh(backend, { role: "consumer" });
      for (let from = 0; from < JOBS; from += 200)
        await Promise.all(
          Array.from({ length: 200 }, (_, at) =>
            queues.addEvents([sale(`e-${from + at}`, { facilityId: `S${from + at}` })], "pos"),
          ),
        );
      const waiting = async () => (await queues.counts()).events.waiting;
      expect(await waiting()).toBe(JOBS);
      let leftAtFirst: Promise<number> | undefined;
      let inHand = 0;
      let most = 0;
      const seen = new Set<string>();
      closing(
        consume(
          queues,
          "events",
          async ({ jobId }) => {
            leftAtFirst ??= waiting();
            inHand += 1;
            most = Math.max(most, inHand);
            seen.add(jobId);
            await leftAtFirst;
            inHand -= 1;
            return done();
          },
          { concurrency },
        ),
      );
      await eventually(() => seen.size === JOBS && inHand === 0, { withinMs: 90_000 });
      // On PostgreSQL BullMQ's own worker is at work, which has first as many as it may have.
      if (backend.kind === "redis") expect(await leftAtFirst).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(concurrency);
      expect(most).toBeGreaterThan(1);
    },
  );
});
