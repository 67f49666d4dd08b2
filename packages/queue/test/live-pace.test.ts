// Which single events of a store go with the live sales.
import { expect, it } from "vitest";
import { createLivePace } from "../src/live-pace.ts";

it("takes a store's first thousand events for live, and then two hundred a second; another store's all the while", () => {
  let atMs = 0;
  const isLive = createLivePace(() => atMs);
  const liveOf = (facilityId: string, events: number): number =>
    Array.from({ length: events }, () => isLive(facilityId)).filter((live) => live).length;
  expect(liveOf("S001", 5_000)).toBe(1_000);
  expect(liveOf("S002", 10)).toBe(10);
  atMs = 1_000;
  expect(liveOf("S001", 5_000)).toBe(200);
  atMs = 60_000;
  expect(liveOf("S001", 5_000)).toBe(1_000);
});

it("forgets no store that is still too fast", () => {
  let atMs = 59_000;
  const isLive = createLivePace(() => atMs);
  atMs = 118_000;
  for (let events = 0; events < 1_000; events += 1) isLive("flood");
  // The first after a minute looks who may be forgotten.
  atMs = 119_001;
  expect(isLive("other")).toBe(true);
  expect(Array.from({ length: 1_000 }, () => isLive("flood")).filter((live) => live).length).toBeLessThan(300);
});
