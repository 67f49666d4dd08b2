// Very many failed jobs: no request waits for them to be counted, and the count is right in the end. By hand with 300,000:
//   FAILED_JOBS=300000 npm test -- apps/board/test/failed-count.test.ts
import { openDatabase } from "@inventory-sync/db";
import { createFailedCounter } from "@inventory-sync/operator";
import { openQueues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { expect, it, onTestFinished } from "vitest";
import { eachBackend, freshDatabase } from "../../../tests/support/index.ts";
import { failMany, firstFailedMs } from "./many-failed.ts";
import { apply, sale } from "./support.ts";

const jobs = Number(process.env.FAILED_JOBS ?? "20000");
const facilities = 50;
const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });

eachBackend(`${jobs} failed jobs`, (backend) => {
  it("are counted in the background, with what is in the ledger, while each request is answered at once", async () => {
    const [server, fresh] = await Promise.all([backend.freshQueueServer(), freshDatabase()]);
    const queues = await openQueues({ url: server.url, role: "producer", log });
    const database = openDatabase({ url: fresh.url, name: "test", poolMax: 4 });
    const counter = createFailedCounter(database, queues, log);
    onTestFinished(async () => {
      counter.stop();
      await Promise.allSettled([queues.close(), database.close()]);
      await Promise.all([server.drop(), fresh.drop()]);
    });
    await queues.connection.outage.whenUp();
    await failMany(queues, server.url, jobs, facilities);
    for (let n = 1; n <= 30; n += 1) await apply(database, sale(`e${n}`, `S${n % facilities}`, "A", 1));

    const startedAt = performance.now();
    let slowestMs = 0;
    let asked = 0;
    const ask = async () => {
      const from = performance.now();
      const count = await counter.now(100);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      asked += 1;
      return count;
    };
    const first = await ask();
    expect([first.total, first.looked < first.total, first.countedAt]).toEqual([jobs + 1, true, null]);
    await expect.poll(async () => (await ask()).countedAt, { timeout: 120_000, interval: 50 }).not.toBeNull();
    const tookMs = performance.now() - startedAt;
    const { groups, looked } = await ask();
    expect([looked, groups.length]).toEqual([jobs + 1, 1]);
    expect(groups[0]).toMatchObject({
      ...{ error: "UNKNOWN_PRODUCT", count: jobs + 1, firstAt: new Date(firstFailedMs).toISOString() },
      effects: { all: 30, part: 0, none: jobs - 29, other: 0, unknown: 0 },
    });
    expect(groups[0]?.facilities).toHaveLength(facilities + 1);
    expect(groups[0]?.facilities[0]).toMatchObject({ count: jobs / facilities });
    console.info(
      `${backend.kind}: ${looked} counted in ${Math.round(tookMs)} ms, slowest of ${asked} answers ${Math.round(slowestMs)} ms`,
    );
  }, 180_000);
});
