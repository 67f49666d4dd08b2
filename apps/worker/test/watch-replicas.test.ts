// The alarm of a queue server that too few replicas follow.
import { openQueues } from "@inventory-sync/queue";
import { expect, it, onTestFinished } from "vitest";
import { rememberingLog } from "../../../packages/queue/test/support.ts";
import { eventually, freshFolder, masterAndReplica, whyNoRedis } from "../../../tests/support/index.ts";
import { watchReplicas } from "../src/upkeep/watch-replicas.ts";

it.runIf(whyNoRedis() === undefined)(
  "rings when the replica is lost, goes on ringing since then, and is over when none is asked for",
  async () => {
    const { master, replica } = await masterAndReplica(await freshFolder("watch-replicas"));
    onTestFinished(async () => void (await Promise.all([master.kill(), replica.kill()])));
    const queues = await openQueues({ url: master.url, role: "consumer", log: rememberingLog() });
    onTestFinished(() => queues.close());
    await queues.connection.outage.whenUp();
    const look = (wanted: number, at: string) => {
      const config = { QUEUE_REPLICAS: wanted, RESET_TIME_ZONE: "UTC" };
      return watchReplicas({ queues, config } as unknown as Parameters<typeof watchReplicas>[0], new Date(at));
    };
    expect(await look(1, "2026-11-23T10:00:00Z")).toEqual({ judged: ["queue-replicas"], causes: [] });
    await replica.kill();
    await eventually(async () => (await queues.replicas()) === 0);
    const { causes } = await look(1, "2026-11-23T11:00:00Z");
    expect(causes).toMatchObject([{ key: "queue-replicas", since: new Date("2026-11-23T11:00:00Z") }]);
    expect(causes[0]?.message).toMatch(
      /^Since 2026-11-23T11:00:00\+00:00 0 replicas follow the queue server, where QUEUE_REPLICAS asks for 1\./,
    );
    expect((await look(1, "2026-11-23T11:00:10Z")).causes).toEqual(causes);
    await master.kill();
    expect(await look(1, "2026-11-23T11:01:00Z")).toEqual({ judged: [], causes: [] });
    expect((await look(0, "2026-11-23T11:02:00Z")).causes).toEqual([]);
  },
);
