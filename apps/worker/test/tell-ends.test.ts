// What the log of a worker says of the ends of jobs.
import type { JobEnded } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { expect, test } from "vitest";
import { endTeller } from "../src/pos-events/apply-pos-events.ts";

function told(level: string, ends: readonly (readonly [fate: JobEnded["fate"], facilityId: string, atMs: number])[]) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const tell = endTeller(createLog({ name: "test", settings: { level, format: "json" }, destination }));
  for (const [fate, facilityId, atMs] of ends) {
    const about = { facilityId, eventId: "e-1", resetId: "r-1" };
    const job = { queue: "events" as const, jobId: "1", jobName: `sale ${facilityId} e-1`, durationMs: 3 };
    tell({ ...job, fate, code: "X", message: "why", about }, atMs);
  }
  return lines;
}

test("says of every event that fails what it was, and once a minute for which facility events wait", () => {
  const lines = told("info", [
    ...[["done", "S1", 0] as const, ["rejected", "S1", 0] as const, ["rejected", "S1", 1] as const],
    ...[["deferred", "S2", 1_000] as const, ["deferred", "S2", 2_000] as const, ["deferred", "S3", 2_000] as const],
    ...[["deferred", "S2", 61_000] as const, ["retried", "S1", 61_000] as const],
  ]);
  expect(lines.map(({ fate, facilityId }) => `${String(fate)} ${String(facilityId)}`)).toEqual([
    ...["rejected S1", "rejected S1", "deferred S2", "deferred S3", "deferred S2"],
  ]);
  expect(lines[0]).toMatchObject({ level: "warn", eventId: "e-1", resetId: "r-1", code: "X", msg: "rejected: why" });
});

test("says every end at the level debug", () => {
  const lines = told("debug", [
    ["done", "S1", 0],
    ["deferred", "S2", 0],
    ["deferred", "S2", 1],
  ]);
  expect(lines.map(({ level }) => level)).toEqual(["debug", "info", "debug"]);
});
