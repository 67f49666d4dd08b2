/** Reading the environment: values, defaults, and faults in words. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as runtime from "../src/index.ts";

const { ConfigError, loadConfig } = runtime;

function faultsOf(schema: z.ZodType, env: Record<string, string>): readonly string[] {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

test("an unset and an empty variable both take the default, and other variables are left alone", () => {
  const schema = z.object({ PORT: runtime.port().default(3000), NAME: runtime.text().optional() });
  expect(loadConfig(schema, { PORT: "", HOME: "/root" })).toEqual({ PORT: 3000 });
  expect(loadConfig(schema, { PORT: " 0 ", NAME: "a" })).toEqual({ PORT: 0, NAME: "a" });
});

test("names every fault at once: what is missing, what is wrong, what is allowed", () => {
  const schema = z.object({
    DATABASE_URL: runtime.url(["postgres", "postgresql"]),
    QUEUE_URL: runtime.url(["redis", "rediss"]),
    INGEST_PORT: runtime.port().default(3000),
    UNKNOWN_FACILITY: z.enum(["create", "reject"]).default("create"),
  });
  expect(
    faultsOf(schema, { QUEUE_URL: "http://user:hunter2@h", INGEST_PORT: "80x", UNKNOWN_FACILITY: "skip" }),
  ).toEqual([
    "DATABASE_URL is not set; allowed: a URL that begins with postgres:// or postgresql:// and names a host",
    'QUEUE_URL is "http://user:***@h"; allowed: a URL that begins with redis:// or rediss:// and names a host',
    'INGEST_PORT is "80x"; allowed: a port from 0 to 65535',
    'UNKNOWN_FACILITY is "skip"; allowed: create or reject',
  ]);
});

test("a fault that concerns several variables is told as it is worded", () => {
  const schema = z.object({ A: runtime.text() }).refine(() => false, { message: "A and B exclude each other" });
  expect(faultsOf(schema, { A: "x" })).toEqual(["A and B exclude each other"]);
});

test("several shards are refused where the queue is on PostgreSQL, and more than 64 anywhere", () => {
  const shape = { QUEUE_URL: runtime.queueUrl(), EVENT_SHARDS: runtime.eventShards().default(1) };
  const schema = z.object(shape).refine(...runtime.shardsFitQueue);
  expect(faultsOf(schema, { QUEUE_URL: "postgres://h/q", EVENT_SHARDS: "1" })).toEqual([]);
  expect(faultsOf(schema, { QUEUE_URL: "rediss+cluster://h:1", EVENT_SHARDS: "64" })).toEqual([]);
  expect(faultsOf(schema, { QUEUE_URL: "redis://h", EVENT_SHARDS: "65" })).toHaveLength(1);
  expect(faultsOf(schema, { QUEUE_URL: "postgres://h/q", EVENT_SHARDS: "4" })).toEqual([
    'EVENT_SHARDS is "4"; allowed: 1, or left out: the queue is on PostgreSQL, where all of it is on one server',
  ]);
});

test("a plain zod type is reported in the same form", () => {
  expect(faultsOf(z.object({ A: z.string() }), {})).toEqual(["A is not set; allowed: a string"]);
});

test.each(["API_KEY", "BOARD_TOKEN", "DB_PASSWORD", "WEBHOOK_SECRET"])("never shows the value of %s", (name) => {
  const [fault] = faultsOf(z.object({ [name]: runtime.secret(20) }), { [name]: "hunter2" });
  expect(fault).toBe(`${name} is "***" (7 characters); allowed: a secret of at least 20 characters`);
});

describe("kinds of value", () => {
  const { boolean, decimal, integer, list, port, url } = runtime;
  const read = (schema: z.ZodType, value: string): unknown =>
    faultsOf(z.object({ V: schema }), { V: value }).length > 0
      ? "refused"
      : loadConfig(z.object({ V: schema }), { V: value });

  test.each<[string, z.ZodType, string, unknown]>([
    ["a port", port(), "65535", 65_535],
    ["a port too high", port(), "65536", "refused"],
    ["a port in hex", port(), "0x50", "refused"],
    ["an integer", integer({ min: -5, max: 5 }), "-5", -5],
    ["an integer with decimals", integer({ min: -5, max: 5 }), "1.5", "refused"],
    ["a decimal", decimal({ min: 0, max: 2 }), "1.5", 1.5],
    ["a decimal in exponents", decimal({ min: 0, max: 200 }), "1e2", "refused"],
    ["yes", boolean(), "Yes", true],
    ["0", boolean(), "0", false],
    ["maybe", boolean(), "maybe", "refused"],
    ["a property of every object", boolean(), "constructor", "refused"],
    ["a list", list(), "a, b,,c ", ["a", "b", "c"]],
    ["an empty list", list(), ",", "refused"],
    ["several hosts", url(["redis+cluster"]), "redis+cluster://h1:7000,h2:7001", "redis+cluster://h1:7000,h2:7001"],
    ["a bad port among several hosts", url(["redis+cluster"]), "redis+cluster://h1:7000,h2:x", "refused"],
    ["a URL without a host", url(["postgres"]), "postgres:///db", "refused"],
    ["a URL with parameters", url(["postgres"]), "postgres://u:p@h:1/db?a=b", "postgres://u:p@h:1/db?a=b"],
  ])("%s", (_, schema, value, expected) => {
    const result = read(schema, value);
    expect(result).toEqual(expected === "refused" ? "refused" : { V: expected });
  });
});
