// A cluster whose servers have all moved since QUEUE_URL was written: what one client of a process has seen of it, every client goes by.
import type { Cluster } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, startCluster, whyNoRedis } from "../../../tests/support/index.ts";
import { redisAddress } from "../src/redis-address.ts";
import { createClient, failFast, patient } from "../src/redis-client.ts";

it.runIf(whyNoRedis() === undefined)(
  "a client that begins when none of the servers that it was told of is there any more finds them where another one saw them",
  async () => {
    const cluster = await startCluster(await freshFolder("cluster-moves"), { replicas: false });
    onTestFinished(() => cluster.kill());
    const address = redisAddress(cluster.url);
    const begin = (patience: typeof patient | typeof failFast): Cluster => {
      const client = createClient(address as NonNullable<typeof address>, patience) as Cluster;
      client.on("error", () => undefined);
      onTestFinished(() => client.disconnect());
      return client;
    };
    const early = begin(patient);
    await early.set("key", "value");
    const [first, ...others] = cluster.nodes;
    const portsNow = () => early.nodes().map(({ options }) => options.port);
    await Promise.all(others.map((node) => node.move()));
    await eventually(() => others.every(({ port }) => portsNow().includes(port)));
    await first?.move();
    const late = begin(patient);
    const copy = late.duplicate();
    copy.on("error", () => undefined);
    onTestFinished(() => copy.disconnect());
    expect(await Promise.all([early, late, copy].map((client) => client.get("key")))).toEqual([
      "value",
      "value",
      "value",
    ]);
    const quick = begin(failFast);
    expect(await eventually(() => quick.get("key"))).toBe("value");
  },
);
