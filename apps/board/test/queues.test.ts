// Bull Board behind our sign-in: viewers read, operators act, other sites do neither.
import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fromWire } from "@inventory-sync/domain";
import { eventJobId } from "@inventory-sync/queue";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { shownName, shownPayload } from "../src/bull-board.ts";
import { type AnswerBody, failSales, sale, startTestBoard, type TestBoard, token } from "./support.ts";

const require = createRequire(import.meta.url);
/** The list that Bull Board makes its routes of, which it does not export. */
const { appRoutes } = require(join(dirname(require.resolve("@bull-board/api")), "routes.js")) as {
  appRoutes: { api: readonly { readonly method: unknown; readonly route: unknown }[] };
};

describe("Bull Board", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale("q1", "S001", "A", 1)]);
  });
  afterAll(() => board.stop());

  const jobs = async () =>
    Object.entries((await board.queues.counts()).events).reduce(
      (sum, [state, count]) => sum + (state === "oldestWaitingMs" ? 0 : Number(count)),
      0,
    );
  const failedId = async () => (await board.queues.failedJobs()).jobs[0]?.id ?? "";

  it("shows every queue, and asks no outside host for anything", async () => {
    const answer = await board.call("/queues/");
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).toContain('"forceInterval":10');
    expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'");
    const { body } = await board.json("/queues/api/queues");
    expect(body.queues.map((queue: { name: string }) => queue.name).sort()).toEqual([
      "channels",
      "events",
      "facility-resets",
      "resets",
    ]);
    const script = /static\/js\/main\.[^"]+/.exec(page)?.[0];
    expect((await board.call(`/queues/${script}`)).status).toBe(200);
  });

  it.each(["501", "1000000", "-1", "1e9", "x", "50&jobsPerPage=50"])(
    "reads no page of %s jobs",
    async (jobsPerPage) => {
      const page = await board.json(
        `/queues/api/queues?activeQueue=events&status=latest&page=1&jobsPerPage=${jobsPerPage}`,
      );
      expect(page.status).toBe(400);
    },
  );

  it("stands below the board's own navigation when a person opens it", async () => {
    const cookie = `${await board.signIn("olga")}; board_theme=dark`;
    const headers = { cookie, accept: "text/html" };
    const page = await (await fetch(`${board.url}/queues/queue/events`, { headers })).text();
    expect(page).toMatch(
      /<header class="top board-bar"[\s\S]+href="\/resets"[\s\S]+action="\/find"[\s\S]+olga<[\s\S]+action="\/preferences"[\s\S]+action="\/sign-out"[\s\S]+<div id="root">/,
    );
    expect(page).toContain('<a href="/queues" aria-current="page">Queues</a>');
    expect(page).toContain('<script src="/static/queues.js" data-theme="dark"></script>');
    expect(page).not.toMatch(/https?:\/\//);
  });

  it("names scheduled runs for people, and hides what is private in payloads", async () => {
    const payload = {
      customerEmail: "a@b.c",
      nested: [{ apiKey: "k", sku: "A", url: "sftp://pos:pw@host/in" }],
      token: null,
    };
    await board.queues.addResetRun("2026-11-23T04:00[America/New_York]");
    const { body } = await board.json("/queues/api/queues?activeQueue=resets&status=waiting");
    expect(JSON.stringify(body)).toContain("reset 2026-11-23 04:00 America/New_York");
    expect(shownName({ name: "sale S001 e-123" })).toBe("sale S001 e-123");
    expect(shownPayload(payload)).toEqual({
      customerEmail: "(hidden)",
      nested: [{ apiKey: "(hidden)", sku: "A", url: "sftp://pos:***@host/in" }],
      token: null,
    });
  });

  it("promotes no schedule and no file that waits all at once", async () => {
    const cookie = await board.signIn("olga");
    const promote = (queue: string) =>
      fetch(`${board.url}/queues/api/queues/${queue}/promote`, {
        method: "PUT",
        headers: { cookie, origin: board.url },
      });
    expect((await promote("resets")).status).toBe(409);
    expect((await promote("events")).status).toBe(200);
  });

  it("lets viewers look and refuses each of their writes", async () => {
    const cookie = await board.signIn("vera");
    const looked = await fetch(`${board.url}/queues/api/queues`, { headers: { cookie } });
    expect(looked.status).toBe(200);
    expect(((await looked.json()) as AnswerBody).queues[0]?.readOnlyMode).toBe(true);
    const id = await failedId();
    const writes: [method: string, path: string][] = [
      ["PUT", `/queues/api/queues/events/${id}/retry`],
      ["PUT", `/queues/api/queues/events/${id}/clean`],
      ["PUT", "/queues/api/queues/events/retry/failed"],
      ["PUT", "/queues/api/queues/pause"],
      ["PUT", "/queues/api/queues/events/obliterate"],
      ["PATCH", `/queues/api/queues/events/${id}/update-data`],
      ["POST", "/queues/api/queues/events/add"],
    ];
    for (const [method, path] of writes) {
      const headers = { cookie, "content-type": "application/json", origin: board.url };
      const answer = await fetch(`${board.url}${path}`, { method, headers, body: "{}" });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect((await board.queues.counts()).events.failed).toBe(1);
  });

  it("makes no job of what another site can send", async () => {
    const cookie = await board.signIn("olga");
    const before = await jobs();
    const add = async (headers: Record<string, string>) =>
      (await fetch(`${board.url}/queues/api/queues/events/add`, { method: "POST", headers, body: '{"name":"x"}' }))
        .status;
    expect(await add({ cookie, "content-type": "text/plain" })).toBe(415);
    expect(await add({ authorization: `Bearer ${token}`, "content-type": "text/plain" })).toBe(415);
    expect(await add({ cookie, "content-type": "application/json", origin: "https://evil.example" })).toBe(403);
    const empty = await fetch(`${board.url}/queues/api/queues/events/add`, { method: "POST", headers: { cookie } });
    expect(empty.status).toBe(415);
    const pause = await fetch(`${board.url}/queues/api/queues/pause`, {
      method: "PUT",
      headers: { cookie, origin: "https://evil.example" },
    });
    expect(pause.status).toBe(403);
    expect(await jobs()).toBe(before);
  });

  describe("to an operator, in whatever spelling,", () => {
    /** As a client that writes its own request line: `fetch` would tidy the address up. */
    const put = async (target: string, method = "PUT") => {
      const { port } = new URL(board.url);
      const socket = connect(Number(port), "127.0.0.1");
      const lines = [
        `${method} ${target} HTTP/1.1`,
        "Host: board",
        `Authorization: Bearer ${token}`,
        "Connection: close",
      ];
      socket.write(
        `${[...lines, "Content-Type: application/json", "Content-Length: 14"].join("\r\n")}\r\n\r\n{"force":true}\n`,
      );
      let answer = "";
      for await (const part of socket) answer += String(part);
      return Number(answer.split(" ")[1]);
    };
    const api = "/queues/api/queues";
    const spelt = (words: string) => [
      `${api}/events/${words}`,
      `${api}/events/${words.toUpperCase()}`,
      `${api}/events/${words}/`,
      `${api}/events/${words}?x=1`,
      `${api}/%65vents/${words}`,
      `${api}/events/%${words.charCodeAt(0).toString(16)}${words.slice(1)}`,
      `/queues/API/Queues/events/${words}`,
      `/queues//api/queues/events/${words}`,
      `http://x${api}/events/${words}`,
    ];

    it("gives up no work that was accepted", async () => {
      await board.queues.addEvents([fromWire(sale("kept", "S001", "A", 1), new Date())], "test");
      const { waiting, failed } = (await board.queues.counts()).events;
      const id = await failedId();
      const [waitingJob] = (await board.queues.bullQueues()[0]?.getJobs(["waiting"])) ?? [];
      const words = [
        "empty",
        "obliterate",
        "clean/wait",
        "clean/waiting",
        "clean/delayed",
        "clean/failed",
        "clean/active",
      ];
      for (const target of [...words, `${waitingJob?.id}/clean`, `${id}/clean`].flatMap(spelt))
        expect([target, await put(target)]).toEqual([
          target,
          expect.toSatisfy((status) => status === 409 || status === 404 || status === 400),
        ]);
      const { body } = await board.json("/api/audit?limit=5");
      expect(body.items[0]?.outcome).toMatch(/^refused/);
      expect((await board.queues.counts()).events).toMatchObject({ waiting, failed });
    });

    it.each([
      ["POST", "/events/add"],
      ["PATCH", "/events/1/update-data"],
      ["PATCH", "/events/1/delay"],
      ["PATCH", "/events/1/priority"],
      ["PUT", "/events/concurrency"],
      ["PUT", "/events/rate-limit"],
      ["PUT", "/events/rate-limit/release"],
      ["PUT", "/resets/1/remove-unprocessed-children"],
      ["PUT", "/resets/job-schedulers/x/run"],
      ["PUT", "/resets/job-schedulers/x/remove"],
      ["PATCH", "/resets/job-schedulers/x"],
      ["PUT", "/resets/promote"],
      ["PUT", "/events/retry/completed"],
      ["DELETE", "/events"],
    ])("refuses %s %s", async (method, path) => {
      expect(await put(`${api}${path}`, method)).toBe(409);
    });

    it("leaves failed jobs to be dismissed on the board's page, whatever they failed with", async () => {
      const event = sale("reused", "S001", "A", 1);
      await failSales(board.queues, "EVENT_ID_REUSED", [event]);
      const id = eventJobId(fromWire(event, new Date()));
      const { failed } = (await board.queues.counts()).events;
      for (const path of [`events/${id}/clean`, "events/clean/failed", "resets/clean/failed"]) {
        expect([path, await put(`${api}/${path}`)]).toEqual([path, 409]);
        const [noted] = (await board.json("/api/audit?limit=1")).body.items;
        expect(noted?.outcome).toContain("dismiss it under Failed jobs");
      }
      expect((await board.queues.counts()).events.failed).toBe(failed);
    });

    it("takes none of the writes that Bull Board has for a job or a list, but those that are known here", async () => {
      const known = /\/(?:pause|resume|promote|retry(?:\/:queueStatus)?)$/;
      const writes = appRoutes.api.filter(({ method, route }) => method !== "get" && !known.test(String(route)));
      expect(writes.length).toBeGreaterThan(10);
      const before = await jobs();
      const id = await failedId();
      const lists = [
        "failed",
        "active",
        "wait",
        "waiting",
        "delayed",
        "paused",
        "prioritized",
        "waiting-children",
        "latest",
      ];
      for (const { method, route } of writes) {
        const path = String(route).replace(":queueName", "events").replace(":jobId", id).replace(":schedulerId", "x");
        for (const list of path.includes(":queueStatus") ? lists : [""]) {
          const target = `/queues${path.replace(":queueStatus", list)}`;
          expect([target, await put(target, String(method).toUpperCase())]).toEqual([target, 409]);
        }
      }
      expect(await jobs()).toBe(before);
    });

    it("clears what is done", async () => {
      expect(await put(`${api}/events/clean/completed`)).toBe(200);
      const { body } = await board.json("/api/audit?limit=1");
      expect(body.items[0]).toMatchObject({
        what: "Bull Board: clean completed",
        target: "queue events",
        outcome: "done (200)",
      });
    });
  });

  it("keeps to itself what it is made of, and where its files lie", async () => {
    const answer = await board.call("/queues/api/queues?activeQueue=events&status=failed");
    expect([answer.headers.get("x-powered-by"), answer.headers.get("etag")]).toEqual([null, null]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const text = await answer.text();
    expect(text).toContain('"stacktrace"');
    expect(text).not.toMatch(/\bat .*[./]\w+:\d+:\d+/);
  });

  it("lets operators act, and logs who did what", async () => {
    const cookie = await board.signIn("olga");
    const id = await failedId();
    const { failed } = (await board.queues.counts()).events;
    const route = `/queues/api/queues/events/${id}/retry`;
    const answer = await fetch(`${board.url}${route}`, {
      method: "PUT",
      headers: { cookie, origin: board.url },
    });
    expect(answer.ok).toBe(true);
    expect((await board.queues.counts()).events.failed).toBe(failed - 1);
    const again = await fetch(`${board.url}${route}`, { method: "PUT", headers: { cookie, origin: board.url } });
    expect(again.status, "not failed any more").toBe(409);
    expect(board.log().findLast((line) => line.audit === true && line.status !== 409)).toMatchObject({
      who: "olga",
      role: "operator",
      method: "PUT",
      status: 204,
    });
  });
});

describe("Bull Board, whose queue is lost while it asks", () => {
  let board: TestBoard;
  let test: pg.Client;
  beforeAll(async () => {
    board = await startTestBoard({}, { queueOn: "postgres" });
    test = new pg.Client({ connectionString: board.databaseUrl });
    await test.connect();
    await eventually(async () => (await board.call("/queues/api/queues")).ok);
  });
  afterAll(async () => {
    await test?.end();
    await board?.stop();
  });

  it("answers when to come back, as every other address does", async () => {
    await test.query("begin; lock table bullmq.job in access exclusive mode");
    const asked = board.json("/queues/api/queues?activeQueue=events&status=latest");
    await eventually(async () => {
      const { rowCount } = await test.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and application_name like '%queue'`,
      );
      return rowCount !== 0;
    });
    await test.query("rollback");
    const { status, type, body } = await asked;
    expect([status, type]).toEqual([503, "application/problem+json; charset=utf-8"]);
    expect(body.detail).toContain("the runbook says what to do");
  });
});
