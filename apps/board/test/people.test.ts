// Who gets in, who may do what, and what other sites cannot do.
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSessions } from "../src/people/sessions.ts";
import { localPath } from "../src/people/sign-in.ts";
import { createThrottle } from "../src/people/throttle.ts";
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
    await expect.poll(async () => (await get("/api/facilities", { cookie })).status, { timeout: 5_000 }).toBe(401);
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
  it("counts by name and by address, and forgets after its window", () => {
    let nowMs = 0;
    const throttle = createThrottle(
      { perNameMax: 2, perAddressMax: 4, windowMs: 1_000, countersMax: 100 },
      () => nowMs,
    );
    const take = (name: string, address = "a") => throttle.take(address, name) > 0;
    expect([take("x"), take("x"), take("x")]).toEqual([false, false, true]);
    expect([take("y"), take("z")]).toEqual([false, true]);
    expect(take("x", "b")).toBe(false);
    nowMs = 1_001;
    expect(take("x")).toBe(false);
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
