/** How a process ends, with real processes, real signals and their exit codes. */
import { expect, test } from "vitest";
import { startFixture } from "./fixtures/child.ts";

const start = (behaviour: string, env?: Record<string, string>) => startFixture("./process.ts", [behaviour], env);

test("tells its parent once it is up", async () => {
  const child = start("plain");
  expect(await child.message).toEqual({ type: "listening", port: 4711 });
  child.process.kill("SIGTERM");
  expect((await child.ended).code).toBe(0);
});

test.each(["SIGTERM", "SIGINT"] as const)("stops in order and exits 0 on %s", async (signal) => {
  const child = start("plain");
  await child.message;
  child.process.kill(signal);
  const { code, out } = await child.ended;
  expect(code).toBe(0);
  expect(out).toMatch(/stopping[\s\S]*"closing"[\s\S]*"closed"[\s\S]*stopped/);
});

test("stops in order when its parent closes the channel", async () => {
  const child = start("plain");
  await child.message;
  child.process.disconnect();
  const { code, out } = await child.ended;
  expect(code).toBe(0);
  expect(out).toContain("the process that started this one is gone");
  expect(out).toContain('"closed"');
});

test("stops in order when its parent is killed", async () => {
  const parent = startFixture("./parent.ts", []);
  await parent.wrote('"listening"');
  parent.process.kill("SIGKILL");
  // The grandchild holds the pipe, so the parent's output closes only when the grandchild has ended as well.
  const { signal, out } = await parent.ended;
  expect(signal).toBe("SIGKILL");
  expect(out).toContain("the process that started this one is gone");
  expect(out).toMatch(/"closed"[\s\S]*"stopped"/);
});

test("a signal while it starts lets the start end and then stops what was started", async () => {
  const child = start("slow-start");
  await child.message;
  child.process.kill("SIGTERM");
  const { code, out } = await child.ended;
  expect(code).toBe(0);
  expect(out).toContain('"closed"');
  expect(out).not.toContain('"started"');
});

test("a second signal ends it at once", async () => {
  const child = start("endless-stop");
  await child.message;
  child.process.kill("SIGINT");
  await child.wrote("closing");
  child.process.kill("SIGINT");
  const { code, out } = await child.ended;
  expect(code).toBe(130);
  expect(out).not.toContain('"closed"');
});

test("a start that waits for something is told of the stop, and gives up at once with exit code 0", async () => {
  const child = start("waiting-start");
  await child.message;
  const askedAt = Date.now();
  child.process.kill("SIGTERM");
  const { code, out, err } = await child.ended;
  expect(code).toBe(0);
  expect(Date.now() - askedAt).toBeLessThan(10_000);
  expect(out).toMatch(/"stopping"[\s\S]*"stopped"/);
  expect(err).toBe("");
});

test("a stop that outlasts its grace period is cut off with exit code 1", async () => {
  const child = start("slow-stop");
  await child.message;
  child.process.kill("SIGTERM");
  const { code, out } = await child.ended;
  expect(code).toBe(1);
  expect(out).toContain("grace period");
});

test("a stop that fails is logged and exits 1", async () => {
  const child = start("failing-stop");
  await child.message;
  child.process.kill("SIGTERM");
  const { code, out } = await child.ended;
  expect(code).toBe(1);
  expect(out).toContain("the pool would not close");
});

test.each([
  ["uncaught", "uncaught exception"],
  ["unhandled", "unhandled rejection"],
])("an %s error is logged as fatal, then the process stops in order with exit code 1", async (behaviour, what) => {
  const child = start(behaviour);
  const { code, out } = await child.ended;
  expect(code).toBe(1);
  const fatal = out
    .split("\n")
    .filter((line) => line.includes('"fatal"'))
    .map((line) => JSON.parse(line));
  expect(fatal).toHaveLength(1);
  expect(fatal[0]).toMatchObject({ msg: what, err: { message: "boom" } });
  expect(out).toContain('"closed"');
});

test("bad configuration ends with exit code 78 and all faults in words, without a stack or a secret", async () => {
  const child = start("bad-config", {
    INGEST_PORT: "70000",
    BOARD_TOKEN: "tooshort",
    LOG_LEVEL: "loud",
    OTEL_TRACES_SAMPLER_ARG: "2",
  });
  const { code, out, err } = await child.ended;
  expect(code).toBe(78);
  expect(err).toBe(`fixture cannot start. The configuration has 4 faults:
  - INGEST_PORT is "70000"; allowed: a port from 0 to 65535
  - BOARD_TOKEN is "***" (8 characters); allowed: a secret of at least 16 characters
  - LOG_LEVEL is "loud"; allowed: trace or debug or info or warn or error or fatal or silent
  - OTEL_TRACES_SAMPLER_ARG is "2"; allowed: a number from 0 to 1
`);
  expect(out).toBe("");
});

test("a start that fails ends with exit code 1 and one plain line; the stack stands in the log alone", async () => {
  const { code, out, err } = await start("failing-start").ended;
  expect(code).toBe(1);
  expect(err).toBe("fixture could not start: no queue at redis://app:***@127.0.0.1:1 second line\n");
  expect(JSON.parse(out)).toMatchObject({ level: "fatal", err: { stack: expect.stringContaining("process.ts") } });
  expect(out).not.toContain("hunter2");
});

test("on a readable log no stack is shown for a start that fails", async () => {
  const { code, out, err } = await start("failing-start", { LOG_FORMAT: "pretty" }).ended;
  expect(code).toBe(1);
  expect(out + err).toBe("fixture could not start: no queue at redis://app:***@127.0.0.1:1 second line\n");
});
