// A judge that never finds anything proves nothing: each kind of fault is put before it.
import { describe, expect, test } from "vitest";
import type { FailedJob, Ledger } from "./ledger.ts";
import { judge } from "./oracle.ts";
import { randomOf } from "./random.ts";
import type { Answers } from "./traffic.ts";
import { type PlannedEvent, type PlannedFile, workloadOf } from "./workload.ts";

const noon = Date.parse("2026-01-05T12:00:00Z");
const event = (eventId: string, quantity: number): PlannedEvent => ({
  ...{ facilityId: "F1", eventId, type: "sale", occurredAtMs: noon + 1_000 },
  lines: [{ sku: "P1", quantity }],
});
const file: PlannedFile = {
  atMs: 0,
  name: "a.csv",
  asOfMs: noon,
  rows: [{ facilityId: "F1", sku: "P1", quantity: 10 }],
};
const row = (eventId: string, quantity: number) => ({
  ...{ facilityId: "F1", eventId, line: 1, idType: "SKU", idValue: "P1", type: "sale", quantity: -quantity },
  occurredAtMs: noon + 1_000,
});
const level = (onHand: number) => ({ facilityId: "F1", sku: "P1", onHand, effects: onHand, asOfMs: noon });
const reset = {
  ...{ id: "r", file: "a.csv", state: "completed", outcome: null, open: false },
  facilities: [{ facilityId: "F1", state: "applied" }],
};

function answers(sent: readonly PlannedEvent[], accepted: readonly PlannedEvent[] = sent): Answers {
  return {
    sent: new Set(sent),
    accepted: new Set(accepted),
    files: new Set([file]),
    statuses: new Map(),
    refusals: [],
  };
}

function ledger(given: Partial<Ledger>): Ledger {
  return { movements: [], acknowledgements: [], levels: [level(10)], resets: [reset], intruders: [], ...given };
}

describe("the oracle", () => {
  const one = event("e1", 2);

  test("finds nothing where nothing is wrong", () => {
    const verdict = judge(answers([one]), ledger({ movements: [row("e1", 2)], levels: [level(8)] }), []);
    expect(verdict).toMatchObject({ effects: 1, lost: [], duplicated: [], unexpected: [], broken: [], recovered: 0 });
  });

  test("tells what was lost from what nobody was told of, and from what was recovered", () => {
    expect(judge(answers([one]), ledger({}), []).lost).toHaveLength(1);
    expect(judge(answers([one], []), ledger({}), []).lost).toEqual([]);
    const applied = ledger({ movements: [row("e1", 2)], levels: [level(8)] });
    expect(judge(answers([one], []), applied, [])).toMatchObject({ recovered: 1, lost: [], broken: [] });
  });

  test("finds what was never sent, and what was sent otherwise", () => {
    expect(judge(answers([]), ledger({ movements: [row("e9", 1)], levels: [level(9)] }), []).unexpected).toHaveLength(
      1,
    );
    expect(
      judge(answers([one]), ledger({ movements: [row("e1", 3)], levels: [level(7)] }), []).unexpected,
    ).toHaveLength(1);
  });

  test("finds a movement that stands there twice, and one that counts twice", () => {
    const twice = ledger({ movements: [row("e1", 2), row("e1", 2)], levels: [level(6)] });
    expect(judge(answers([one]), twice, []).duplicated).toHaveLength(1);
    const counted = ledger({ movements: [row("e1", 2)], levels: [level(6)] });
    expect(judge(answers([one]), counted, []).broken).toEqual(["F1 P1: on hand 6, wanted 8"]);
  });

  test("finds a level that is not the sum of its effects, and a count that was not taken", () => {
    const off = ledger({ movements: [row("e1", 2)], levels: [{ ...level(8), effects: 10 }] });
    expect(judge(answers([one]), off, []).broken).toEqual(["F1 P1: on hand 8, effects 10"]);
    const failed = ledger({
      movements: [row("e1", 2)],
      levels: [{ ...level(-2), asOfMs: null }],
      resets: [{ ...reset, state: "failed" }],
    });
    expect(judge(answers([one]), failed, []).broken).toHaveLength(3);
  });

  test("lets only what was provoked stand among the failed jobs, and wants it to stand there", () => {
    const other = event("e1", 7);
    const kept = ledger({ movements: [row("e1", 2)], levels: [level(8)] });
    const reused: FailedJob = { queue: "events", name: "sale F1 e1", error: "EVENT_ID_REUSED", message: "" };
    expect(judge(answers([one, other]), kept, [reused])).toMatchObject({ broken: [], reused: 1 });
    expect(judge(answers([one, other]), kept, []).broken).toHaveLength(1);
    expect(judge(answers([one]), kept, [reused]).broken).toHaveLength(1);
  });
});

describe("a seed", () => {
  const size = { loadMs: 5_000, events: 300, files: 3, bulkRows: 10 };

  test("always sends the same, and another one something else", () => {
    expect(workloadOf(7, size)).toEqual(workloadOf(7, size));
    expect(workloadOf(7, size)).not.toEqual(workloadOf(8, size));
  });

  test("sends repetitions, ids with two contents, and events on both sides of the files' times", () => {
    const { requests, late, files } = workloadOf(7, size);
    const sent = [...requests, ...late].flatMap(({ events }) => events);
    const contents = new Set(sent);
    expect(sent.length).toBeGreaterThan(contents.size);
    expect(contents.size).toBeGreaterThan(
      new Set(sent.map(({ facilityId, eventId }) => `${facilityId} ${eventId}`)).size,
    );
    for (const { asOfMs } of files) {
      expect(sent.some(({ occurredAtMs }) => occurredAtMs <= asOfMs)).toBe(true);
      expect(sent.some(({ occurredAtMs }) => occurredAtMs > asOfMs)).toBe(true);
    }
  });

  test("gives numbers that fill the range evenly", () => {
    const random = randomOf(1);
    const counts = [0, 0, 0, 0];
    for (let turn = 0; turn < 4_000; turn += 1) {
      const drawn = random.int(0, 3);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(900);
    expect(randomOf(1).fork("a").next()).not.toBe(randomOf(1).fork("b").next());
  });
});
