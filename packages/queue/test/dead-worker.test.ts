// Workers that die with jobs in hand.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { consumeEvents, workerLimits } from "../src/index.ts";
import { closing, done, open, sale } from "./support.ts";

const script = fileURLToPath(new URL("./fixtures/hold-jobs.ts", import.meta.url));

function startHolder(url: string, manner: "hold" | "die"): ChildProcess & { said: () => string } {
  const child = spawn(process.execPath, ["--import", "tsx", script, url, manner]);
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += String(chunk);
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return Object.assign(child, { said: () => said });
}

eachBackend("a worker that is killed", (backend) => {
  it("loses nothing: its job runs elsewhere within ten seconds, with no attempt used", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const queues = await open(server.url);
    await queues.connection.outage.whenUp();
    await queues.addEvents([sale("e-1")], "pos");
    const holder = startHolder(server.url, "hold");
    await eventually(() => holder.said().includes("e-1"), { withinMs: 90_000 });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const killedAt = Date.now();
    closing(consumeEvents(queues, async (events) => events.map(() => done)));
    await eventually(async () => (await queues.counts()).events.completed === 1, { withinMs: 90_000 });
    const recoveredMs = Date.now() - killedAt;
    const [job] = (await queues.bullQueues()[0]?.getJobs(["completed"])) ?? [];
    expect(job?.attemptsMade).toBe(1);
    expect(job?.stalledCounter).toBe(1);
    expect(recoveredMs).toBeLessThan(10_000);
    expect(workerLimits.maxStalledCount).toBeGreaterThan(job?.stalledCounter ?? 0);
  });
});
