// Keeping a process running: what is said of each end and each start, and that a stop is for good.
import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { holdChild, supervise } from "../src/processes/supervise.ts";

test("a process that ends is started again, later and later while that fails; one that was stopped is not", async () => {
  const said: string[] = [];
  let starts = 0;
  const start = async () => {
    starts += 1;
    if (starts === 2) throw new Error("no room");
    return holdChild(spawn("sleep", ["60"]), "SIGTERM");
  };
  const supervised = await supervise({ name: "it", say: (line) => said.push(line), start });
  await supervised.current().kill();
  await eventually(() => said.length === 3);
  const last = supervised.current();
  await supervised.stop();
  expect(said).toEqual([
    "it ended (SIGKILL); starting it again in 0.5 s.",
    "it did not start: no room. Trying again in 1 s.",
    `it runs again (process ${last.pid}).`,
  ]);
  expect([last.isRunning(), starts]).toEqual([false, 3]);
});
