// How many jobs a worker takes in flight, by what they weigh.
import { describe, expect, it } from "vitest";
import { createInFlight } from "../src/consumer/in-flight.ts";

const sizes = { jobsMax: 400, linesMax: 1_600 };

/** The jobs in flight by a clock that stands, and jobs that stay there until they are let go. */
function standing() {
  const clock = { ms: 0 };
  const told: number[] = [];
  const inFlight = createInFlight({ ...sizes, onLimit: (jobs) => told.push(jobs), now: () => clock.ms });
  const take = (lines: number, count = 1): (() => Promise<void>) => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const held = Array.from({ length: count }, () => inFlight.holding(lines, () => ended));
    return async () => {
      end();
      await Promise.all(held);
    };
  };
  return { clock, inFlight, take, told };
}

describe("jobs in flight", () => {
  it("are as many as allowed while they are single sales", async () => {
    const { inFlight, take } = standing();
    expect(inFlight.limit()).toBe(400);
    const end = take(1, 300);
    expect(inFlight.limit()).toBe(400);
    await end();
    expect(inFlight.limit()).toBe(400);
  });

  it.each([
    ["no more than there is room for, of a backlog", { lines: 50, count: 1 }, 1 + 31],
    ["none besides, when there is no room", { lines: 50, count: 32 }, 32],
    ["four at least, however heavy", { lines: 5_000, count: 1 }, 4],
  ])("are %s", (_name, { lines, count }, limit) => {
    const { inFlight, take } = standing();
    take(lines, count);
    expect(inFlight.limit()).toBe(limit);
  });

  it("are taken for heavy ones before the first has shown what it weighs, where that is to be expected", async () => {
    const inFlight = createInFlight({ jobsMin: 2, jobsMax: 400, linesMax: 1_600, linesExpected: 400 });
    expect(inFlight.limit()).toBe(4);
    const light = inFlight.holding(4, async () => inFlight.limit());
    expect(await light).toBe(1 + 399);
  });

  it("leave room for jobs as heavy as the backlog's, however many live sales there are among them", () => {
    const { inFlight, take } = standing();
    take(50, 2);
    take(1, 100);
    expect(inFlight.limit()).toBe(102 + 28);
  });

  it("stay few for a moment after the last of a backlog, then are many again", async () => {
    const { clock, inFlight, take } = standing();
    await take(50, 10)();
    take(1);
    expect(inFlight.limit()).toBe(1 + 31);
    clock.ms = 1_001;
    take(1);
    expect(inFlight.limit()).toBe(400);
  });

  it("stay few for as long as a backlog is in flight, also when no more of it comes and live sales do", async () => {
    const { clock, inFlight, take } = standing();
    take(50, 10);
    clock.ms = 5_000;
    const end = take(1);
    expect(inFlight.limit()).toBe(11 + 21);
    await end();
    expect(inFlight.limit()).toBe(10 + 22);
  });

  it("tell each change of their limit once", async () => {
    const { inFlight, take, told } = standing();
    const end = take(50, 3);
    take(1);
    await end();
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((jobs, at) => jobs === told[at - 1])).toEqual([]);
    expect(told.at(-1)).toBe(inFlight.limit());
  });
});
