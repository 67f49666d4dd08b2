// Servers of a group (a cluster, or those that sentinels watch) that die, stand still, hand over, or move. With QUEUE_REPLICAS nothing
// that was accepted is lost with them.
import { setTimeout as sleep } from "node:timers/promises";
import type { RedisCluster, RedisNode } from "../../support/start-cluster.ts";
import type { Fault, FaultContext } from "../fault.ts";

/** Longer than a failover takes, so that the replica has taken over when the other is back. */
const awayMs = [3_000, 6_000] as const;

/** Longer than the apps take to look anew where the servers are. */
const lookMs = 6_000;

type Group = "cluster" | "sentinel";

/** One of the masters of now, whatever it has. */
async function aMaster({ world, random }: FaultContext): Promise<RedisNode> {
  return random.pick((await world.servers.group?.mastersNow()) ?? []);
}

const gone = (backend: Group, how: "kill" | "freeze"): Fault => {
  const what = `${how === "kill" ? "kill -9" : "SIGSTOP"} of a master of the ${backend === "cluster" ? "cluster" : "pair that sentinels watch"}`;
  return {
    name: `${backend}-master-${how}`,
    what,
    on: "redis",
    backend,
    inject: async (context) => {
      const node = await aMaster(context);
      const ms = context.random.int(...awayMs);
      context.note(`${what}, for ${ms} ms`);
      if (how === "kill") await node.kill();
      else process.kill(node.pid, "SIGSTOP");
      await sleep(ms);
      await node.ensure();
      return 1;
    },
  };
};

const handedOver = (backend: Group): Fault => ({
  name: `${backend}-hand-over`,
  what: `${backend === "cluster" ? "CLUSTER" : "SENTINEL"} FAILOVER: a replica takes over from a master that lives`,
  on: "redis",
  backend,
  inject: async ({ world, note, random }) => {
    await sleep(random.int(0, 1_500));
    note("FAILOVER");
    await world.servers.group?.handOver();
    return 1;
  },
});

const newPorts: Fault = {
  name: "cluster-new-ports",
  what: "the replicas and then the masters are killed and come back at other addresses: QUEUE_URL of the apps that run names none of them",
  on: "redis",
  backend: "cluster",
  inject: async ({ world, note }) => {
    const cluster = world.servers.group as RedisCluster;
    note(`all ${cluster.nodes.length} servers move`);
    await cluster.toNewPorts(lookMs);
    return cluster.nodes.length;
  },
};

export const takeovers: readonly Fault[] = (["cluster", "sentinel"] as const).flatMap((backend) => [
  gone(backend, "kill"),
  gone(backend, "freeze"),
  handedOver(backend),
]);

/** Last, so that the seeds before it meet what they met. */
export const moves: readonly Fault[] = [newPorts];
