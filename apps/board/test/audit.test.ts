// The audit log of the board: every write, Bull Board's own included, sign-ins, and what was refused.
import { openDatabase } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshRedis, startProcess, whyNoRedis } from "../../../tests/support/index.ts";
import { endpoints } from "../src/routes.ts";
import { failSales, password, sale, signInWith, startTestBoard, type TestBoard, token } from "./support.ts";

describe("the audit log", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
  });
  afterAll(() => board.stop());

  const actions = async (limit = 100) => (await board.json(`/api/audit?limit=${limit}`)).body.items;
  const as = async (name: string, method: string, path: string, headers: Record<string, string> = {}) => {
    const cookie = await board.signIn(name);
    const all = { cookie, "content-type": "application/json", origin: board.url, ...headers };
    return fetch(`${board.url}${path}`, { method, headers: all, ...(method === "POST" && { body: "{}" }) });
  };

  it("has a name for every write behind the sign-in", () => {
    // A client of ingest only reads, also where it POSTs what it asks for.
    const isBehind = (access: string) => access !== "anyone" && access !== "client";
    const writes = endpoints.filter(({ method, access }) => method === "post" && isBehind(access));
    expect(writes.length).toBeGreaterThan(4);
    expect(writes.filter(({ audit }) => audit === undefined).map(({ path }) => path)).toEqual([]);
  });

  it("notes sign-ins, refused ones and sign-outs, with who, from where and what came of it", async () => {
    await signInWith(board.url, { name: "mallory\u0000\u202e", password: "wrong" });
    const cookie = await board.signIn("vera");
    await fetch(`${board.url}/sign-out`, { method: "POST", headers: { cookie }, redirect: "manual" });
    expect(await actions(3)).toMatchObject([
      { who: "vera", role: "viewer", what: "sign out", outcome: "signed out", by: "form" },
      {
        who: "vera",
        role: "viewer",
        what: "sign in",
        outcome: "signed in",
        address: expect.stringContaining("127.0.0.1"),
      },
      { who: "(no known name)", role: null, what: "sign in", outcome: "refused: name or password is wrong" },
    ]);
    expect(JSON.stringify(await actions())).not.toContain(password);
  });

  it("notes the first of many refused sign-ins that had to wait, and not all that follow", async () => {
    for (let attempt = 0; attempt < 14; attempt += 1)
      await signInWith(board.url, { name: "olga", password: "wrong" }, { "x-forwarded-for": "203.0.113.5" });
    const noted = (await actions()).filter(({ who, outcome }) => who === "olga" && outcome?.startsWith("refused"));
    expect(noted).toHaveLength(11);
    expect(noted[0]).toMatchObject({ outcome: expect.stringContaining("too many attempts") });
  });

  it("notes each write with its target before it is answered, and what somebody known was refused", async () => {
    await board.json("/api/jobs/retry", { error: "NO_SUCH_CAUSE" });
    expect((await actions(1))[0]).toMatchObject({
      ...{
        who: "board token",
        by: "token",
        role: "operator",
        what: "retry failed jobs",
        target: "cause NO_SUCH_CAUSE",
      },
      ...{ outcome: "0 jobs are tried again", endedAt: expect.stringMatching(/Z$/) },
    });
    expect((await as("vera", "POST", "/api/resets")).status).toBe(403);
    expect((await actions(1))[0]).toMatchObject({
      who: "vera",
      what: "POST /api/resets",
      outcome: expect.stringMatching(/^refused \(403\)/),
    });
    expect((await as("olga", "POST", "/api/jobs/retry", { origin: "https://evil.example" })).status).toBe(403);
    expect((await actions(1))[0]).toMatchObject({ who: "olga", outcome: expect.stringContaining("from another site") });
    expect((await as("olga", "POST", "/api/resets", { "content-type": "text/plain" })).status).toBe(415);
    expect((await actions(1))[0]).toMatchObject({ who: "olga", outcome: expect.stringMatching(/^refused \(415\)/) });
  });

  it("notes Bull Board's writes by what they do to which job", async () => {
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale("a1", "S001", "A", 1)]);
    const id = (await board.queues.failedJobs()).jobs[0]?.id ?? "";
    expect((await as("olga", "PUT", `/queues/api/queues/events/${id}/retry`)).status).toBe(204);
    expect((await actions(1))[0]).toMatchObject({
      ...{ who: "olga", what: "Bull Board: retry", target: `queue events, job ${id}`, outcome: "1 job is tried again" },
    });
    await as("olga", "PUT", "/queues/api/queues/events/pause");
    expect((await actions(1))[0]).toMatchObject({ what: "Bull Board: pause", target: "queue events" });
    await as("olga", "PUT", "/queues/api/queues/resume");
    expect((await actions(1))[0]).toMatchObject({ what: "Bull Board: resume", target: "all queues" });
    expect((await as("vera", "PUT", "/queues/api/queues/pause")).status).toBe(403);
    expect((await actions(1))[0]).toMatchObject({ who: "vera", outcome: expect.stringMatching(/^refused \(403\)/) });
  });

  it("is for operators to read, in pages, and cannot be written over HTTP", async () => {
    expect((await as("vera", "GET", "/api/audit")).status).toBe(403);
    const first = await board.json("/api/audit?limit=2");
    const second = await board.json(`/api/audit?limit=2&cursor=${first.body.nextCursor}`);
    const ids = [...first.body.items, ...second.body.items].map((item) => Number(item.id));
    expect(new Set(ids).size).toBe(4);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect((await board.json("/api/audit?cursor=x")).status).toBe(400);
    expect((await board.json("/api/audit", {})).status).toBe(404);
  });

  it("shows a write that never ended as one whose outcome is unknown", async () => {
    const database = openDatabase({
      url: board.database.pool.options.connectionString ?? "",
      name: "test",
      poolMax: 1,
    });
    await database.pool.query(
      "insert into operator_action (who, role, by, what, target) values ('olga', 'operator', 'session', 'run a reset', 'x')",
    );
    await database.close();
    expect((await actions(1))[0]).toMatchObject({ what: "run a reset", outcome: null, endedAt: null });
  });
});

describe.skipIf(whyNoRedis() !== undefined)("while the database is away", () => {
  it("no write is carried out unnoted, not even one that only needs the queue", async () => {
    const redis = await freshRedis();
    const board = await startProcess("board", {
      ...{ BOARD_PORT: "0", DATABASE_URL: "postgres://127.0.0.1:1/x", QUEUE_URL: redis.url, BOARD_TOKEN: token },
      ...{ SFTP_URL: "sftp://u:p@127.0.0.1:1/", SFTP_HOST_KEY_SHA256: "SHA256:x" },
    });
    try {
      const ask = (method: string, path: string) =>
        fetch(`http://127.0.0.1:${board.port}${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...(method === "POST" && { body: '{"error":"X"}' }),
        });
      await expect.poll(async () => (await ask("GET", "/queues/api/queues")).status, { timeout: 60_000 }).toBe(200);
      for (const [method, path] of [
        ["PUT", "/queues/api/queues/events/pause"],
        ["POST", "/api/jobs/retry"],
      ] as const) {
        const answer = await ask(method, path);
        expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "5"]);
        expect(((await answer.json()) as { detail: string }).detail).toContain("The audit log cannot be written");
      }
      const { queues } = (await (await ask("GET", "/queues/api/queues")).json()) as { queues: { isPaused: boolean }[] };
      expect(queues.map(({ isPaused }) => isPaused)).toEqual([false, false, false, false]);
    } finally {
      await board.stop();
      await redis.drop();
    }
  });
});
