// A cluster that loses servers, or all of which have moved since QUEUE_URL was written: its clients find it again, however they were made.
import type { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  eventually,
  freshFolder,
  type RedisCluster,
  redisCommand,
  startCluster,
  whyNoRedis,
} from "../../../tests/support/index.ts";
import { redisAddress } from "../src/redis-address.ts";
import { createClient, failFast, patient } from "../src/redis-client.ts";

describe.skipIf(whyNoRedis() !== undefined)("on a cluster", () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startCluster(await freshFolder("cluster-moves"), { replicas: false });
  });
  afterAll(() => cluster?.kill());

  function quiet(client: Cluster): Cluster {
    client.on("error", () => undefined);
    onTestFinished(() => client.disconnect());
    return client;
  }
  function begin(patience: typeof patient | typeof failFast, url = cluster.url): Cluster {
    return quiet(createClient(redisAddress(url) as NonNullable<ReturnType<typeof redisAddress>>, patience) as Cluster);
  }

  it("whoever waits for a connection has it once the cluster is ready again, though it began while most servers were away", async () => {
    const [first, ...others] = cluster.nodes;
    const client = quiet(begin(patient).duplicate());
    const ended = new Promise((resolve) => client.once("end", resolve));
    await client.set("key", "value");
    client.disconnect();
    await ended;
    await Promise.all(others.map((node) => node.kill()));
    const state = () => redisCommand(first?.url ?? "", "CLUSTER", "INFO");
    await eventually(async () => (await state()).includes("cluster_state:fail"));
    const reconnecting = new Promise((resolve) => client.once("reconnecting", resolve));
    const connected = client.connect();
    await reconnecting;
    await Promise.all(others.map((node) => node.ensure()));
    await connected;
    expect(await client.get("key")).toBe("value");
  });

  it("a client that begins when none of the servers that it was told of is there any more finds them where another one saw them", async () => {
    const { url } = cluster;
    const early = begin(patient);
    await early.set("key", "value");
    const [first, ...others] = cluster.nodes;
    const portsNow = () => early.nodes().map(({ options }) => options.port);
    await Promise.all(others.map((node) => node.move()));
    await eventually(() => others.every(({ port }) => portsNow().includes(port)));
    await first?.move();
    const late = begin(patient, url);
    const all = [early, late, quiet(late.duplicate())];
    expect(await Promise.all(all.map((client) => client.get("key")))).toEqual(["value", "value", "value"]);
    const quick = begin(failFast, url);
    expect(await eventually(() => quick.get("key"))).toBe("value");
  });
});
