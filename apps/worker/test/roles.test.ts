// Which work a worker process takes.
import { startApp } from "@inventory-sync/local";
import { openQueues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { describe, expect, onTestFinished, test } from "vitest";
import { bareEnvironment } from "../../../tests/support/config.ts";
import { anyBackend, eventually, freshDatabase, freshFolder } from "../../../tests/support/index.ts";
import { rolesOf } from "../src/roles.ts";

describe("the arguments of a worker", () => {
  test.each([
    [[], ["events", "resets", "channels", "upkeep"]],
    [["--data-dir=/srv/inventory"], ["events", "resets", "channels", "upkeep"]],
    [["--only", "events"], ["events"]],
    [["--only=resets, upkeep"], ["resets", "upkeep"]],
  ])("%j", (args, wanted) => {
    expect([...rolesOf(args)]).toEqual(wanted);
  });

  test.each([
    [["--only"], /worker takes --only with some of events, resets, channels, upkeep/],
    [["--only", "sales"], /"sales" is none/],
    [["--only", ""], /"" is none/],
    [["--onyl", "events"], /--onyl events: worker takes --only/],
    [["--only", "events", "resets"], /separated by commas/],
  ])("%j is refused, with what is allowed", (args, words) => {
    expect(() => rolesOf(args)).toThrow(words);
  });
});

anyBackend("a worker that takes sales only", (backend) => {
  test("leaves the rest to others", async () => {
    const [server, database, folder] = [
      await backend.freshQueueServer(),
      await freshDatabase(),
      await freshFolder("roles"),
    ];
    const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
    const queues = await openQueues({ url: server.url, role: "producer", log });
    onTestFinished(async () => {
      await queues.close();
      await Promise.all([server.drop(), database.drop()]);
    });
    await queues.connection.outage.whenUp();
    const start = async (only: string) => {
      const env = {
        ...{ ...bareEnvironment(), DATABASE_URL: database.url, QUEUE_URL: server.url, DATA_DIR: folder },
        ...{ SFTP_URL: "sftp://pos:none@127.0.0.1:1/", SFTP_HOST_KEY_SHA256: `SHA256:${"A".repeat(43)}` },
      };
      const worker = await startApp({ app: "worker", args: ["--only", only], env });
      onTestFinished(() => worker.stop());
    };
    await queues.wakeChannel("shop", "1");
    await queues.addEvents(
      [
        {
          ...{ eventId: "e-1", facilityId: "S001", type: "sale", occurredAt: "2026-11-23T10:00:00.000Z" },
          ...{
            receivedAt: "2026-11-23T10:00:01.000Z",
            lines: [{ line: 1, idType: "SKU", idValue: "TEE", quantity: "-1" }],
          },
        },
      ],
      "pos",
    );
    await start("events");
    await eventually(async () => (await queues.counts()).events.completed === 1);
    expect((await queues.counts()).channels).toMatchObject({ waiting: 1, completed: 0 });
    await start("channels,resets");
    await eventually(async () => (await queues.counts()).channels.completed === 1);
    // FACILITY_RESETS_TOGETHER_MAX, as it is where nobody says otherwise.
    const facilities = queues.bullQueues().find(({ name }) => name === "facility-resets");
    await eventually(async () => (await facilities?.getGlobalConcurrency()) === 200);
  });
});
