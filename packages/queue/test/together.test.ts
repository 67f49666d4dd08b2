// A limit over all workers: how many facility resets are under way at once, whoever does them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { consume, done as doneWith } from "../src/index.ts";
import { closing, open } from "./support.ts";

const script = fileURLToPath(new URL("./fixtures/hold-facilities.ts", import.meta.url));
const FACILITIES = ["S001", "S002", "S003", "S004", "S005", "S006"];
const TOGETHER = 2;
const MANY = 3;

eachBackend("facility resets of two processes that would take three each", (backend) => {
  it("are two at once, and all of them are done", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const queues = await open(server.url, { role: "consumer" });
    await queues.connection.outage.whenUp();
    closing(
      consume(
        queues,
        "resets",
        async ({ payload, jobId }) => {
          if (payload.kind === "run") return doneWith();
          const { resetId, generation } = payload;
          await queues.addFacilityResets({ resetJobId: jobId, resetId, generation, facilityIds: FACILITIES });
          return { fate: "waits-for-children" };
        },
        { concurrency: 1 },
      ),
    );
    /** The processes that have a facility in hand, one entry each. */
    const inHand: ChildProcess[] = [];
    const most: number[] = [];
    const workers = [1, 2].map(() => {
      const args = ["--import", "tsx", script, server.url, String(MANY), String(TOGETHER)];
      const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
      onTestFinished(async () => {
        child.kill("SIGKILL");
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      });
      let isUp = false;
      child.stdout.on("data", (chunk: Buffer) => {
        for (const line of String(chunk).trim().split("\n")) {
          if (line === "up") isUp = true;
          else most.push(inHand.push(child));
        }
      });
      return () => isUp;
    });
    await eventually(() => workers.every((isUp) => isUp()), { withinMs: 90_000 });
    const [, , facilities] = queues.bullQueues();
    await eventually(async () => (await facilities?.getGlobalConcurrency()) === TOGETHER);
    await queues.addReset({ resetId: "r-1", generation: 1, label: "onhand.csv" });
    for (let left = FACILITIES.length; left > 0; left -= 1) {
      await eventually(() => inHand.length === Math.min(TOGETHER, left), { withinMs: 90_000 });
      const counts = (await queues.counts())["facility-resets"];
      expect(counts.active + counts.completed).toBe(Math.min(FACILITIES.length, TOGETHER + FACILITIES.length - left));
      inHand.shift()?.stdin?.write("\n");
      await eventually(async () => (await queues.counts())["facility-resets"].completed > FACILITIES.length - left);
    }
    expect(Math.max(...most)).toBe(TOGETHER);
  });
});
