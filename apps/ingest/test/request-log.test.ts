// What the operator is told of refused requests, and how little of it when there are very many.
import type { RequestNote } from "@inventory-sync/domain";
import { createLog } from "@inventory-sync/runtime";
import { describe, expect, it } from "vitest";
import { invalidBody, Problem } from "../src/problem.ts";
import { createRequestLog, type RefusedAbout } from "../src/request-log.ts";

const about: RefusedAbout = {
  ...{ requestId: "r-1", client: "till", method: "POST", route: "/v1/events", address: "10.0.0.5" },
  ...{ authorization: "Bearer isk_1", body: Buffer.from('{"eventId": "e-1", "quantity": 0}') },
};
const problem = invalidBody([{ path: [0, "quantity"], detail: "must be above 0" }]);

function started() {
  const lines: Record<string, unknown>[] = [];
  const notes: RequestNote[] = [];
  let ms = Date.parse("2026-11-28T10:00:05Z");
  const requestLog = createRequestLog({
    note: (text) => notes.push(JSON.parse(text)) > 0,
    log: createLog({
      name: "test",
      settings: { level: "info", format: "json" },
      destination: { write: (line) => void lines.push(JSON.parse(line)) },
    }),
    now: () => ms,
  });
  return {
    ...{ lines, requestLog },
    pass: (by: number) => {
      ms += by;
    },
    refused: () => notes.flatMap((note) => ("refused" in note ? [note.refused] : [])),
    minutes: () => notes.flatMap((note) => ("minute" in note ? [note.minute] : [])),
  };
}

describe("a refused request", () => {
  it("has a line and a note: client, status, code, pointer, first event, request, and the head of its body", () => {
    const { lines, requestLog, refused } = started();
    requestLog.refused(problem, about);
    const brief = { status: 422, code: "invalid", pointer: "/0/quantity", eventId: "e-1", requestId: "r-1" };
    expect(lines).toMatchObject([{ level: "info", client: "till", ...brief, address: "10.0.0.5" }]);
    expect(lines[0]?.msg).toContain("must be above 0");
    expect(refused()).toMatchObject([
      { ...brief, client: "till", keyId: null, call: "POST /v1/events", bodyHead: '{"eventId": "e-1", "quantity": 0}' },
    ]);
    requestLog.stop();
  });

  it("says how many events its body had and how many are at fault, and whether a signature was only late", () => {
    const { requestLog, refused, minutes } = started();
    const fault = (event: number) => ({ path: [event, "lines", 0, "quantity"], detail: "must be above 0" });
    requestLog.refused(invalidBody([fault(499), fault(499), fault(700)]), { ...about, events: 1_000 });
    for (const signature of ["good", "good", "wrong"] as const)
      requestLog.refused(new Problem("unauthorized", "no", { signature }), about);
    expect(refused().map(({ events, faulty, signature }) => [events, faulty, signature])).toEqual([
      [1_000, 2, null],
      [null, null, "good"],
      [null, null, "good"],
      [null, null, "wrong"],
    ]);
    requestLog.stop();
    expect(minutes()).toMatchObject([{ client: "till", refused: 4, lateSignatures: 2, badSignatures: 1 }]);
  });

  it("of a key that no client has is told by the beginning of the key's SHA-256, never by the key", () => {
    const { lines, requestLog, refused } = started();
    requestLog.refused(new Problem("unauthorized", "no"), { ...about, client: undefined, body: undefined });
    expect(refused()).toMatchObject([{ client: "", keyId: expect.stringMatching(/^[0-9a-f]{8}$/), bodyHead: null }]);
    expect(JSON.stringify([lines, refused()])).not.toContain("isk_1");
    requestLog.stop();
  });
});

describe("very many refused requests", () => {
  it("are told 20 at once and then one in six seconds, and the others are counted, in the minute and in the log", () => {
    const { lines, requestLog, refused, minutes, pass } = started();
    for (let request = 0; request < 10_000; request += 1) requestLog.refused(problem, about);
    expect([lines.length, refused().length]).toEqual([20, 20]);
    pass(6_000);
    for (let request = 0; request < 10; request += 1) requestLog.refused(problem, about);
    expect(refused().length).toBe(21);
    requestLog.refused(problem, { ...about, client: "another" });
    expect(refused().at(-1)?.client).toBe("another");
    requestLog.accepted("till");
    requestLog.stop();
    expect(minutes()).toMatchObject([
      { client: "till", minute: "2026-11-28T10:00:00.000Z", accepted: 1, refused: 10_010, leftOut: 9_989 },
      { client: "another", accepted: 0, refused: 1, leftOut: 0 },
    ]);
    expect(lines.at(-1)).toMatchObject({ client: "till", leftOut: 9_989 });
  });

  it("at other addresses keep none of a wrong key from being told, and are no client's", () => {
    const { requestLog, refused, minutes } = started();
    const stranger = { ...about, client: undefined, body: undefined };
    for (let request = 0; request < 1_000; request += 1)
      requestLog.refused(new Problem("not-found", "no"), { ...stranger, route: undefined });
    requestLog.refused(new Problem("unauthorized", "no"), stranger);
    expect(refused().map(({ status }) => status)).toEqual([...Array.from({ length: 20 }, () => 404), 401]);
    requestLog.refused(new Problem("busy", "no"), about);
    requestLog.stop();
    expect(minutes()).toMatchObject([
      { client: "", refused: 1, unavailable: 0 },
      { client: "till", refused: 0, unavailable: 1 },
    ]);
  });
});
