// Who gets in, who may do what, and what other sites cannot do.
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localPath } from "../src/people/identity.ts";
import { createSessions } from "../src/people/sessions.ts";
import { createThrottle, networkOf } from "../src/people/throttle.ts";
import { createPasswordCheck } from "../src/people/users.ts";
import { password, signInWith, startTestBoard, type TestBoard, token } from "./support.ts";

describe("signing in", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
  });
  afterAll(() => board.stop());

  const get = (path: string, headers: Record<string, string>) =>
    fetch(`${board.url}${path}`, { headers, redirect: "manual" });

  it("sends browsers to the sign-in page and answers programs with 401", async () => {
    const browser = await get("/?a=1", { accept: "text/html" });
    expect([browser.status, browser.headers.get("location")]).toEqual([303, "/sign-in?next=%2F%3Fa%3D1"]);
    for (const path of ["/api/facilities", "/queues/api/queues", "/api/resets"]) {
      const program = await get(path, { accept: "text/html" });
      expect([path, program.status, program.headers.get("content-type")]).toEqual([
        path,
        401,
        "application/problem+json; charset=utf-8",
      ]);
      expect(program.headers.get("www-authenticate")).toContain("Bearer");
    }
    expect((await get("/queues", { accept: "text/html" })).status).toBe(303);
  });

  it("takes the machine's token and no other", async () => {
    expect((await get("/api/facilities", { authorization: `Bearer ${token}` })).status).toBe(200);
    for (const wrong of [`Bearer ${token}x`, "Bearer ", "Basic dXNlcjpwYXNz", token]) {
      expect((await get("/api/facilities", { authorization: wrong })).status).toBe(401);
    }
  });

  it("needs nobody signed in for health, metrics and the document", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json", "/sign-in", "/static/console.css"]) {
      expect([path, (await get(path, {})).status]).toEqual([path, 200]);
    }
  });

  it("gives a cookie that scripts and other sites cannot reach, and a new one each time", async () => {
    const first = await signInWith(board.url, { name: "vera", password, next: "/queues" });
    expect([first.status, first.headers.get("location")]).toEqual([303, "/queues"]);
    const cookie = first.headers.getSetCookie()[0] ?? "";
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const old = cookie.split(";")[0] ?? "";
    expect((await get("/api/facilities", { cookie: old })).status).toBe(200);
    const second = await signInWith(board.url, { name: "vera", password }, { cookie: old });
    expect(second.headers.getSetCookie()[0]?.split(";")[0]).not.toBe(old);
    expect((await get("/api/facilities", { cookie: old })).status).toBe(401);
  });

  it("marks the cookie Secure when a trusted proxy says that it speaks TLS", async () => {
    const answer = await signInWith(board.url, { name: "vera", password }, { "x-forwarded-proto": "https" });
    const cookie = answer.headers.getSetCookie()[0] ?? "";
    expect(cookie).toMatch(/^__Host-board_session=/);
    expect(cookie).toMatch(/Secure/);
    const headers = { cookie: cookie.split(";")[0] ?? "", "x-forwarded-proto": "https" };
    expect((await get("/api/facilities", headers)).status).toBe(200);
  });

  it("ends the session at sign-out", async () => {
    const cookie = await board.signIn("olga");
    const out = await fetch(`${board.url}/sign-out`, { method: "POST", headers: { cookie }, redirect: "manual" });
    expect([out.status, out.headers.get("location")]).toEqual([303, "/sign-in"]);
    expect((await get("/api/facilities", { cookie })).status).toBe(401);
  });

  it("does not sign in from another site", async () => {
    const evil = await signInWith(board.url, { name: "vera", password }, { origin: "https://evil.example" });
    expect([evil.status, evil.headers.getSetCookie()]).toEqual([403, []]);
  });

  it("refuses a wrong password and an unknown name alike, escapes the name, and slows down whoever goes on", async () => {
    const name = '"><script>alert(1)</script>';
    const answers = [];
    for (let attempt = 0; attempt < 11; attempt += 1)
      answers.push(await signInWith(board.url, { name, password: "wrong" }));
    expect(answers.slice(0, 10).map((answer) => answer.status)).toEqual(Array(10).fill(401));
    const last = answers[10];
    expect(last?.status).toBe(429);
    expect(Number(last?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await answers[0]?.text()).not.toContain("<script>alert");
    expect((await signInWith(board.url, { name: "vera", password: "wrong" })).status).toBe(401);
    expect((await signInWith(board.url, { name: "vera", password })).status).toBe(303);
  });

  it("goes on serving and noting while two hundred sign in at once, and keeps what was typed as a name to itself", async () => {
    const typed = "hunter2-typed-into-the-wrong-field";
    const flood = Array.from({ length: 200 }, (_, host) =>
      signInWith(board.url, { name: typed, password: "wrong" }, { "x-forwarded-for": `10.9.${host % 250}.${host}` }),
    );
    const before = performance.now();
    for (let look = 0; look < 5; look += 1) expect((await get("/static/console.css", {})).status).toBe(200);
    const tookMs = performance.now() - before;
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 429, 503]));
    // Without the bound the files wait until all two hundred are looked at: ten seconds of two processors.
    expect(tookMs).toBeLessThan(5_000);
    const { body } = await board.json("/api/audit?limit=50");
    expect(body.items.some(({ who }) => who === "(no known name)")).toBe(true);
    expect(JSON.stringify(body) + JSON.stringify(board.log())).not.toContain(typed);
  });

  it("counts wrong tokens, refuses a network that goes on, and takes the right one all the same", async () => {
    const from = { "x-forwarded-for": "198.51.100.9" };
    const statuses: number[] = [];
    // Wherever it is tried: as a program, as a browser asks for a page, and where no key is needed.
    const ways = [{}, { accept: "text/html" }, {}, {}];
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const path = attempt % 4 === 3 ? "/metrics" : attempt % 4 === 1 ? "/" : "/api/facilities";
      const given = { ...from, ...ways[attempt % 4], authorization: `Bearer ${token}${attempt}` };
      statuses.push((await get(path, given)).status);
    }
    expect(statuses).toEqual([...Array(30).fill(401), ...Array(10).fill(429)]);
    expect((await get("/api/facilities", { ...from, authorization: `Bearer ${token}` })).status).toBe(200);
    expect(await (await get("/metrics", {})).text()).toMatch(/inventory_board_wrong_tokens_total\{[^}]*\} [4-9]\d/);
    expect(board.log().filter((line) => String(line.msg).includes("wrong board token"))).toHaveLength(1);
  });

  it("lets viewers read and not act", async () => {
    const cookie = await board.signIn("vera");
    const write = async (path: string, who: string) => {
      const init = {
        method: "POST",
        headers: { cookie: who, "content-type": "application/json", origin: board.url },
        body: "{}",
      };
      return (await fetch(`${board.url}${path}`, init)).status;
    };
    expect((await get("/api/resets", { cookie })).status).toBe(200);
    expect(await write("/api/resets", cookie)).toBe(403);
    expect(await write("/api/jobs/retry", cookie)).toBe(403);
    expect(await write("/api/jobs/retry", await board.signIn("olga"))).toBe(422);
  });

  it("carries out no write that another site began or that is not JSON", async () => {
    const cookie = await board.signIn("olga");
    const write = async (headers: Record<string, string>, body = '{"error":"X"}') =>
      (await fetch(`${board.url}/api/jobs/retry`, { method: "POST", headers: { cookie, ...headers }, body })).status;
    const json = { "content-type": "application/json" };
    expect(await write(json)).toBe(200);
    expect(await write({ ...json, origin: board.url, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await write({ ...json, origin: "https://evil.example" })).toBe(403);
    expect(await write({ ...json, origin: "null" })).toBe(403);
    expect(await write({ ...json, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await write({ ...json, "sec-fetch-site": "same-site" })).toBe(403);
    expect(await write({ "content-type": "text/plain" })).toBe(415);
    expect(await write({ "content-type": "application/x-www-form-urlencoded" })).toBe(415);
  });

  it("logs every write with who did it and what came of it", async () => {
    const cookie = await board.signIn("vera");
    await fetch(`${board.url}/api/resets?x=1`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json" },
      body: "{}",
    });
    const line = board.log().findLast((each) => each.audit === true && each.route === "/api/resets");
    expect(line).toMatchObject({ who: "vera", role: "viewer", by: "session", method: "POST", status: 403 });
    expect(JSON.stringify(board.log())).not.toContain(password);
  });

  it("lets nothing from outside into its pages", async () => {
    const answer = await get("/sign-in", {});
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("x-powered-by")).toBeNull();
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  // Last, since it changes the people.
  it("puts out whoever leaves the users file", async () => {
    const cookie = await board.signIn("vera");
    await writeFile(board.usersFile, "[]");
    await expect.poll(async () => (await get("/api/facilities", { cookie })).status, { timeout: 60_000 }).toBe(401);
  });
});

describe("sessions", () => {
  const user = { name: "vera", role: "viewer", passwordHash: "x" } as const;

  it("end when idle, at the latest after their full time, and with the password", () => {
    let nowMs = 0;
    const sessions = createSessions({ idleMs: 100, absoluteMs: 250, countMax: 10 }, () => nowMs);
    const token = sessions.begin(user);
    const at = (ms: number) => {
      nowMs = ms;
      return sessions.find(token, () => user);
    };
    expect([at(90), at(180), at(240)]).toEqual([user, user, user]);
    expect(at(251)).toBeUndefined();
    const idle = sessions.begin(user);
    nowMs += 101;
    expect(sessions.find(idle, () => user)).toBeUndefined();
    const changed = sessions.begin(user);
    expect(sessions.find(changed, () => ({ ...user, passwordHash: "y" }))).toBeUndefined();
    expect(sessions.find(changed, () => user)).toBeUndefined();
  });

  it("are kept up to a number: the oldest goes", () => {
    const sessions = createSessions({ idleMs: 100, absoluteMs: 100, countMax: 2 }, () => 0);
    const [first, , third] = [sessions.begin(user), sessions.begin(user), sessions.begin(user)];
    expect(sessions.find(first, () => user)).toBeUndefined();
    expect(sessions.find(third, () => user)).toBe(user);
  });
});

describe("the throttle", () => {
  const limits = {
    ...{ perNameMax: 2, perNetworkMax: 4, perNameEverywhereMax: 5 },
    ...{ windowMs: 60_000, spacingMs: 1_000, spacedWaitMsMax: 2_500, countersMax: 100 },
  };
  const start = () => {
    const clock = { ms: 0 };
    const throttle = createThrottle(limits, () => clock.ms);
    return { clock, throttle, refused: (address: string, name: string) => throttle.take(address, name).refusedMs > 0 };
  };

  it("counts by name and by network, and forgets after its window", () => {
    const { clock, refused } = start();
    expect([refused("a", "x"), refused("a", "x"), refused("a", "x")]).toEqual([false, false, true]);
    expect([refused("a", "y"), refused("a", "z")]).toEqual([false, true]);
    expect(refused("b", "x")).toBe(false);
    clock.ms = 60_001;
    expect(refused("a", "x")).toBe(false);
  });

  it("takes all addresses of one IPv6 network for one, and IPv4 within IPv6 for itself", () => {
    expect(networkOf("2001:db8:1:2::1")).toBe(networkOf("2001:DB8:1:2:ffff:ffff:ffff:ffff"));
    expect(networkOf("2001:db8:1:2::1")).not.toBe(networkOf("2001:db8:1:3::1"));
    expect(networkOf("::1")).toBe(networkOf("0:0:0:0::2"));
    expect(networkOf("fe80::1%eth0")).toBe(networkOf("fe80::2"));
    expect(networkOf("2001:db8:0:0:1::")).toBe(networkOf("2001:0DB8::1"));
    const inFull = "0:0:0:0:0:ffff:192.0.2.7";
    const spellings = [
      "192.0.2.7",
      "::ffff:192.0.2.7",
      "::ffff:c000:207",
      "::FFFF:C000:0207",
      inFull,
      "192.0.2.7:41234",
    ];
    expect(spellings.map(networkOf)).toEqual(spellings.map(() => "192.0.2.7"));
    const { refused } = start();
    const tries = Array.from({ length: 120 }, (_, host) => refused(`2001:db8::${(host + 1).toString(16)}`, "olga"));
    expect(tries.filter((isRefused) => !isRefused)).toHaveLength(limits.perNameMax);
  });

  it("keeps name and network apart, whatever stands in them", () => {
    const { refused } = start();
    expect([refused("a b", "c"), refused("a b", "c"), refused("a", "b c")]).toEqual([false, false, false]);
  });

  it("does not count right passwords: many people behind one address keep nobody out", () => {
    const { throttle } = start();
    for (let person = 0; person < 60; person += 1) {
      expect(throttle.take("office", `p${person}`)).toMatchObject({ waitMs: 0, refusedMs: 0 });
      throttle.succeeded("office", `p${person}`);
    }
  });

  it("spaces attempts on a name that many networks guess at, and lets its owner in at once where that is known", () => {
    const { clock, throttle } = start();
    throttle.take("home", "olga");
    throttle.succeeded("home", "olga");
    const guesses = Array.from({ length: 12 }, (_, host) => throttle.take(`10.0.0.${host}`, "olga"));
    expect(guesses.map(({ waitMs }) => waitMs)).toEqual([0, 0, 0, 0, 0, 0, 1_000, 2_000, 0, 0, 0, 0]);
    expect(guesses.filter(({ refusedMs }) => refusedMs > 0)).toHaveLength(4);
    expect(throttle.take("home", "olga")).toMatchObject({ waitMs: 0, refusedMs: 0 });
    clock.ms = 5_000;
    expect(throttle.take("10.1.1.1", "olga")).toMatchObject({ waitMs: 0, refusedMs: 0 });
  });
});

describe("passwords that are looked at", () => {
  it("are two at once and sixteen that wait; the next one is asked to come back", async () => {
    let atWork = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const check = createPasswordCheck(async () => {
      atWork += 1;
      most = Math.max(most, atWork);
      await new Promise<void>((resolve) => ends.push(resolve));
      atWork -= 1;
      return true;
    });
    const checks = Array.from({ length: 18 }, () => check("x", "y"));
    await expect(check("x", "y")).rejects.toMatchObject({ status: 503, headers: { "retry-after": "2" } });
    const all = Promise.all(checks);
    for (let ended = 0; ended < 18; ended += 1) {
      await expect.poll(() => ends.length).toBeGreaterThan(0);
      ends.shift()?.();
    }
    expect(await all).toEqual(Array(18).fill(true));
    expect(most).toBe(2);
  });
});

describe("where sign-in leads", () => {
  it("is always a page of this board", () => {
    const elsewhere = [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      "",
      "/sign-in",
      "/\tx",
    ];
    expect(elsewhere.map(localPath)).toEqual(elsewhere.map(() => "/"));
    expect(localPath("/queues/queue/events?status=failed")).toBe("/queues/queue/events?status=failed");
  });
});
