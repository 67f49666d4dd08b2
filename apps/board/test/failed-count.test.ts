// Very many failed jobs: no request waits for them to be counted, and the count is right in the end. By hand with 300,000:
//   FAILED_JOBS=300000 npm test -- apps/board/test/failed-count.test.ts
import { openDatabase } from "@inventory-sync/db";
import { type FailedCause, openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { expect, it, onTestFinished } from "vitest";
import { type Backend, eachBackend, freshDatabase, redisCommand } from "../../../tests/support/index.ts";
import { createFailedCounter } from "../src/jobs/failed-count.ts";
import { apply, failSales, sale } from "./support.ts";

const jobs = Number(process.env.FAILED_JOBS ?? "20000");
const facilities = 50;
const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });

/** Copies the one failed job: ids e1…, of stores S1…S50 in turn, failed a millisecond apart. */
async function multiply(backend: Backend, url: string, template: FailedCause): Promise<void> {
  if (backend.kind === "redis") {
    const script = `local from = redis.call('HGETALL', KEYS[1])
      for n = 1, tonumber(ARGV[1]) do
        local to = {}
        for i = 1, #from, 2 do
          to[i] = from[i]
          to[i + 1] = from[i + 1]
          if from[i] == 'data' then to[i + 1] = string.gsub(string.gsub(from[i + 1], 'S001', 'S' .. (n % ${facilities})), 'e0', 'e' .. n) end
        end
        redis.call('HSET', 'inventory-sync:events:copy' .. n, unpack(to))
        redis.call('ZADD', KEYS[2], 1700000000000 + n, 'copy' .. n)
      end`;
    const keys = [`inventory-sync:events:${template.exampleId}`, "inventory-sync:events:failed"];
    const lot = 20_000;
    expect(jobs % lot, "a multiple of the lot").toBe(0);
    for (let from = 0; from < jobs; from += lot) {
      const part = script.replace("n = 1, tonumber(ARGV[1])", `n = ${from + 1}, ${from + lot}`);
      await redisCommand(url, "EVAL", part, "2", ...keys, String(jobs));
    }
    return;
  }
  const database = openDatabase({ url, name: "test", poolMax: 1 });
  await database.pool.query(
    `insert into bullmq.job
     select (jsonb_populate_record(j, jsonb_build_object('id', 'copy' || n, 'finished_at_ms', 1700000000000 + n,
              'data', replace(replace(j.data::text, 'S001', 'S' || n % ${facilities}), 'e0', 'e' || n)::jsonb))).*
       from bullmq.job j, generate_series(1, $1::int) n
      where j.id = $2`,
    [jobs, template.exampleId],
  );
  await database.close();
}

async function failOne(queues: Queues): Promise<FailedCause> {
  await failSales(queues, "UNKNOWN_PRODUCT", [sale("e0", "S001", "A", 1)]);
  const [cause] = (await queues.failedCauses()).causes;
  if (!cause) throw new Error("nothing failed");
  return cause;
}

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
    await multiply(backend, server.url, await failOne(queues));
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
      ...{ cause: "UNKNOWN_PRODUCT", count: jobs + 1, firstAt: new Date(1_700_000_000_001).toISOString() },
      effects: { all: 30, part: 0, none: jobs - 29, other: 0, unknown: 0 },
    });
    expect(groups[0]?.facilities).toHaveLength(facilities + 1);
    expect(groups[0]?.facilities[0]).toMatchObject({ count: jobs / facilities });
    console.info(
      `${backend.kind}: ${looked} counted in ${Math.round(tookMs)} ms, slowest of ${asked} answers ${Math.round(slowestMs)} ms`,
    );
  }, 180_000);
});
