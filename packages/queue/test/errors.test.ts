// What an error of the queue's server means: it cannot be reached, it takes nothing for a while, or it is about what was sent. A batch is
// divided for the last one alone.
import { expect, test } from "vitest";
import { isUnreachable, isUnwilling } from "../src/errors.ts";

const withCode = (code: string, message = "") => Object.assign(new Error(message), { code });

test.each<[meaning: "away" | "unwilling" | "ours", error: Error]>([
  ["away", withCode("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:6379")],
  ["away", withCode("ECONNRESET", "read ECONNRESET")],
  ["away", new Error("Connection is closed.")],
  ["away", new Error("Stream isn't writeable and enableOfflineQueue options is false")],
  ["away", new Error("Socket timeout. Expecting data, but didn't receive any in 5000ms.")],
  ["away", new Error("All sentinels are unreachable. Retrying from scratch after 100ms.")],
  ["away", Object.assign(new Error("Failed to refresh slots cache."), { name: "ClusterAllFailedError" })],
  ["away", new AggregateError([withCode("ECONNREFUSED")], "")],
  ["away", withCode("57P01", "terminating connection due to administrator command")],
  ["away", new Error("Connection terminated due to connection timeout")],
  ["unwilling", new Error("LOADING Redis is loading the dataset in memory")],
  ["unwilling", new Error("OOM command not allowed when used memory > 'maxmemory'.")],
  ["unwilling", new Error("NOREPLICAS Not enough good replicas to write.")],
  [
    "unwilling",
    new Error("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."),
  ],
  ["unwilling", new Error("CLUSTERDOWN The cluster is down")],
  ["unwilling", new Error("READONLY You can't write against a read only replica.")],
  ["ours", new Error("WRONGTYPE Operation against a key holding the wrong kind of value")],
  ["ours", new Error("ERR value is not an integer or out of range")],
  ["ours", withCode("23514", "new row violates check constraint")],
  ["ours", new Error("a job about LOADING a truck")],
])("%s: %s", (meaning, error) => {
  const known = isUnwilling(error) ? "unwilling" : isUnreachable(error) ? "away" : "ours";
  expect([known, isUnreachable(error)]).toEqual([meaning, meaning !== "ours"]);
});
