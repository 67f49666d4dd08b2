// Alarms from end to end: real workers, a file that is refused, one that is held, a sale that cannot be applied; and a webhook
// that hears of each beginning and each end once, although two workers look. Only failed jobs are told by the queue, and so looked at
// on both.
import { type Database, facilityNumber, openDatabase, openReset, rejectFacility } from "@inventory-sync/db";
import type { StockEvent } from "@inventory-sync/domain";
import { listAlarms } from "@inventory-sync/operator";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  eachBackend,
  eventually,
  type FreshDatabase,
  type FreshQueueServer,
  type FreshSftp,
  freshDatabase,
  freshFolder,
  freshSftp,
  startProcess,
} from "../../../tests/support/index.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

const stepMsMax = 90_000;
const HALF_DAY_MS = 12 * 3_600_000;
type Worker = Awaited<ReturnType<typeof startProcess>>;

eachBackend(
  "alarms",
  (backend) => {
    let fresh: FreshDatabase;
    let server: FreshQueueServer;
    let sftp: FreshSftp;
    let webhook: Webhook;
    let database: Database;
    let queues: Queues;
    let env: Record<string, string>;
    const workers: Worker[] = [];

    beforeAll(async () => {
      [fresh, server, sftp, webhook] = await Promise.all([
        freshDatabase(),
        backend.freshQueueServer(),
        freshSftp(),
        startWebhook(),
      ]);
      database = openDatabase({ url: fresh.url, name: "test" });
      const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
      queues = await openQueues({ url: server.url, role: "producer", log });
      await queues.connection.outage.whenUp();
      env = {
        ...{ DATABASE_URL: fresh.url, QUEUE_URL: server.url, DATA_DIR: await freshFolder("alarms"), WORKER_PORT: "0" },
        ...{ SFTP_URL: sftp.url, SFTP_HOST_KEY_SHA256: sftp.hostKeySha256, SNAPSHOT_SETTLE_SECONDS: "0" },
        // No deadline passes while this runs.
        RESET_DEADLINE: new Date(Date.now() + HALF_DAY_MS).toISOString().slice(11, 16),
        ...{ UNKNOWN_PRODUCT: "create", UNKNOWN_FACILITY: "create", ALERT_WEBHOOK_URL: webhook.url },
      };
      workers.push(...(await Promise.all([startProcess("worker", env), startProcess("worker", env)])));
    });
    afterAll(async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await queues?.close();
      await database?.close();
      await Promise.all([webhook?.close(), sftp?.drop(), fresh?.drop(), server?.drop()]);
    });

    async function runFile(name: string, csv: string): Promise<string> {
      await sftp.putSnapshot(name, csv);
      const file = { name, size: Buffer.byteLength(csv), modifiedAt: new Date() };
      const { resetId } = await openReset(database, file, { requestedBy: "operator test" });
      await queues.addReset({ resetId, generation: 0, label: name });
      return resetId;
    }
    const told = (kind: string) =>
      webhook.told.filter((notice) => notice.kind === kind).map(({ key, state }) => `${state} ${key}`);
    const hears = (kind: string, expected: readonly string[]) =>
      eventually(
        () => {
          expect(told(kind)).toEqual(expected);
          return true;
        },
        { withinMs: stepMsMax },
      );
    const rows = (count: number, quantity: number) =>
      [
        "facilityId,sku,quantity",
        ...Array.from({ length: count }, (_, index) => `S001,P${index},${quantity}`),
        "",
      ].join("\n");

    test("failed jobs ring by queue and cause, told by a worker that starts after another one died", async () => {
      const event = (quantity: string): StockEvent => ({
        ...{ eventId: "twice", facilityId: "S001", type: "sale", reason: "POS_SALE" },
        ...{ occurredAt: "2026-11-01T10:00:00.000Z", receivedAt: "2026-11-01T10:00:01.000Z" },
        lines: [{ line: 1, idType: "SKU", idValue: "P1", quantity }],
      });
      await queues.addEvents([event("-1")], "test");
      await eventually(async () => (await queues.counts()).events.completed > 0);
      await queues.addEvents([event("-2")], "test");
      await eventually(async () => (await queues.counts()).events.failed === 1);
      await workers.pop()?.kill("SIGKILL");
      workers.push(await startProcess("worker", env));
      await hears("jobs-failed", ["ringing jobs-failed:events:EVENT_ID_REUSED"]);
      const [alarm] = (await listAlarms(database, "firing")).filter(({ kind }) => kind === "jobs-failed");
      expect(alarm?.message).toMatch(/^1 sale could not be booked: another receipt has the same number/);
      expect(alarm?.message).toContain("receipt twice, store S001");
    }, 250_000);

    if (backend.kind === "redis") return;

    test("a refused file rings, and is over when a later one is accepted", async () => {
      const resetId = await runFile("bad.csv", "facilityId,colour\nS001,red\n");
      await hears("file-refused", [`ringing file-refused:${resetId}`]);
      expect(webhook.told.find(({ kind }) => kind === "file-refused")).toMatchObject({
        ...{ resetId, file: "bad.csv", state: "ringing", runbook: "docs/runbook.md#file-refused" },
        text: expect.stringMatching(/^Alarm file-refused: bad\.csv was refused .*MISSING_COLUMN.*in rejected\//),
      });
      await runFile("good-1.csv", rows(10, 5));
      await hears("file-refused", [`ringing file-refused:${resetId}`, `cleared file-refused:${resetId}`]);
      const lines = workers.flatMap((worker) => worker.output().split("\n"));
      const alarmLines = lines.filter((line) => line.includes('"alarm":"file-refused"'));
      expect(alarmLines.map((line) => (JSON.parse(line) as { state: string }).state).sort()).toEqual([
        "cleared",
        "ringing",
      ]);
      expect(told("snapshot-late")).toEqual([]);
    }, 250_000);

    test("a held facility rings, is counted, and is over when somebody decides", async () => {
      const resetId = await runFile("half.csv", rows(2, 5));
      const key = `facility-held:S001:${resetId}`;
      await hears("facility-held", [`ringing ${key}`]);
      const held = (await listAlarms(database, "firing")).filter(({ kind }) => kind === "facility-held");
      expect(held).toMatchObject([{ key, facilityId: "S001", resetId, file: "half.csv" }]);
      const metrics = async () => (await fetch(`http://127.0.0.1:${workers[0]?.port}/metrics`)).text();
      await eventually(
        async () => {
          expect(await metrics()).toMatch(/inventory_alarms_ringing\{kind="facility-held",[^}]*\} 1/);
          return true;
        },
        { withinMs: stepMsMax },
      );
      expect(await metrics()).toMatch(/inventory_alarms_ringing\{kind="poison-job",[^}]*\} 0/);
      const facility = (await facilityNumber(database, "S001")) ?? 0;
      await rejectFacility(database, { resetId, facility, decidedBy: "ann" });
      await hears("facility-held", [`ringing ${key}`, `cleared ${key}`]);
    }, 250_000);
  },
  { atOnce: true },
);
