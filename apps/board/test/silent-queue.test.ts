// A queue server that stands still: it closes nothing and answers nothing.
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Link, startLink } from "../../../tests/faults/world/link.ts";
import { eventually, freshRedis, whyNoRedis } from "../../../tests/support/index.ts";
import { askQueue, tellQueue } from "../src/problem.ts";
import { startTestBoard, type TestBoard } from "./support.ts";

const answerMsMax = 15_000;
const key = "a-key-of-a-till";

describe.skipIf(whyNoRedis() !== undefined)("a queue server that is frozen", () => {
  let board: TestBoard;
  let link: Link;
  let folder: string;
  let queues: Queues;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "inventory-sync-silent-"));
    const file = join(folder, "clients.json");
    const keys = [createHash("sha256").update(key).digest("hex")];
    await writeFile(file, JSON.stringify({ clients: [{ name: "pos", keys, facilities: ["S1"], types: "*" }] }));
    const url = new URL((await freshRedis()).url);
    link = await startLink(Number(url.port));
    url.port = String(link.port);
    board = await startTestBoard({ QUEUE_URL: url.href, INGEST_CLIENTS_FILE: file });
    const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
    queues = await openQueues({ url: url.href, role: "inspector", log });
    await eventually(async () => queues.isConnected() && (await board.call("/api/jobs/failed")).status === 200);
  });
  afterAll(async () => {
    link?.heal();
    await queues?.close();
    await board?.stop();
    await link?.close();
    await rm(folder, { recursive: true });
  });

  const event = () => fetch(`${board.url}/v1/events/S1/e1`, { headers: { authorization: `Bearer ${key}` } });

  it("is waited for by nobody who asks, and all is answered again once it goes on", async () => {
    const asked: readonly [path: string, body?: unknown][] = [
      ["/api/jobs/failed"],
      ["/api/jobs/retry", { error: "UNKNOWN_PRODUCT" }],
      ["/queues/api/queues"],
    ];
    link.freeze();
    const startedAt = Date.now();
    let isBegun = false;
    const change = tellQueue(queues, async () => {
      isBegun = true;
    }).catch(({ status }: { status: number }) => status);
    const answers = await Promise.all([event(), ...asked.map(([path, body]) => board.call(path, body))]);
    expect(Date.now() - startedAt).toBeLessThan(answerMsMax);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    expect(answers.every(({ headers }) => headers.has("retry-after"))).toBe(true);
    expect(await change).toBe(503);
    link.heal();
    await eventually(async () => (await board.call("/queues/api/queues")).status === 200);
    expect(isBegun, "a change that was refused").toBe(false);
    expect((await event()).status).toBe(404);
  });

  it("is told from long work, which is waited for", async () => {
    await expect(askQueue(board.queues, () => sleep(7_000, "done"))).resolves.toBe("done");
  });
});
