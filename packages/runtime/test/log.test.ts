/** What a log line looks like, and what it never carries. */
import { describe, expect, test } from "vitest";
import { createLog, maskUrl, maskUrlsIn } from "../src/index.ts";

function capture(write: (log: ReturnType<typeof createLog>) => void): { text: string; line: Record<string, unknown> } {
  let text = "";
  const destination = {
    write: (chunk: string) => {
      text += chunk;
    },
  };
  write(createLog({ name: "test", settings: { level: "info", format: "json" }, destination }));
  return { text, line: text === "" ? {} : JSON.parse(text.split("\n")[0] ?? "") };
}

test("a line is JSON with an ISO time in UTC, the level as a word and the process's name", () => {
  const { line } = capture((log) => log.info({ facilityId: "S001" }, "hello"));
  expect(line).toMatchObject({ level: "info", name: "test", pid: process.pid, facilityId: "S001", msg: "hello" });
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("lines below the level are not written", () => {
  expect(capture((log) => log.debug("quiet")).text).toBe("");
});

test("an error of a server out of reach is one line without a stack, and without Prisma's picture of the place", () => {
  const gone = Object.assign(
    new Error(
      "\nInvalid `prisma.alarm.findMany()` invocation in\n/app/alarms.js:3\n\n→ 3 await\n\nCan't reach database server",
    ),
    { name: "PrismaClientKnownRequestError", code: "P1001" },
  );
  const { line } = capture((log) => log.warn({ err: gone }, "alarms could not be read"));
  expect(line.err).toEqual({
    type: "PrismaClientKnownRequestError",
    message: "Can't reach database server",
    code: "P1001",
  });
});

test("any other error keeps its stack", () => {
  const { line } = capture((log) => log.warn({ err: new Error("a fault") }, "failed"));
  expect(line.err).toMatchObject({ type: "Error", message: "a fault", stack: expect.stringContaining("log.test") });
});

describe("secrets", () => {
  const secret = "hunter2";
  test.each<[string, object]>([
    ["a password", { password: secret }],
    ["a nested password", { sftp: { options: { password: secret } } }],
    ["a password in a list", { clients: [{ signingSecret: secret, keys: [secret] }] }],
    ["an authorization header", { req: { headers: { Authorization: `Bearer ${secret}`, cookie: secret } } }],
    ["a key", { ingestKey: secret, privateKey: secret, apiKey: secret }],
    ["a URL with a password", { database: `postgres://app:${secret}@h/db` }],
    ["a URL within a text", { note: `tried redis://:${secret}@h:1 twice` }],
    [
      "an error's fields",
      { err: Object.assign(new Error(`no answer of redis://:${secret}@h`), { config: { password: secret } }) },
    ],
  ])("%s does not reach the log", (_, fields) => {
    const { text } = capture((log) => log.info(fields, "something"));
    expect(text).not.toContain(secret);
    expect(text).toContain("***");
  });

  test("nor does one in the message, or one bound to a child log", () => {
    const { text } = capture((log) => log.child({ token: secret }).info(`at redis://u:${secret}@h`));
    expect(text).not.toContain(secret);
    expect(text).toContain("redis://u:***@h");
  });

  test("names that only sound alike are kept", () => {
    const { line } = capture((log) =>
      log.info({ runKey: "2026-11-23 04:00", keyCount: 2, SFTP_PRIVATE_KEY_FILE: "/a" }, "x"),
    );
    expect(line).toMatchObject({ runKey: "2026-11-23 04:00", keyCount: 2, SFTP_PRIVATE_KEY_FILE: "/a" });
  });
});

test.each([
  ["redis://127.0.0.1:6379", "redis://127.0.0.1:6379"],
  ["redis://:pw@h:1", "redis://:***@h:1"],
  ["postgres://app:pw@h:1/db?sslmode=require", "postgres://app:***@h:1/db?sslmode=require"],
  ["postgres://h/db?user=a&password=pw", "postgres://h/db?user=a&password=***"],
  ["redis+sentinel://:pw@s:26379/m?sentinelPassword=pw", "redis+sentinel://:***@s:26379/m?sentinelPassword=***"],
  ["sftp://pos:p@ss/w:rd@h:22/base", "sftp://pos:***@h:22/base"],
  ["redis+cluster://u:pw@h1:1,h2:2", "redis+cluster://u:***@h1:1,h2:2"],
  ["https://example.org:8080/users/a@b", "https://example.org:8080/users/a@b"],
  ["https://u:pw@example.org/x@y", "https://u:***@example.org/x@y"],
])("masks %s", (url, masked) => {
  expect(maskUrl(url)).toBe(masked);
  expect(maskUrlsIn(`see "${url}" and ${url} too`)).toBe(`see "${masked}" and ${masked} too`);
});
