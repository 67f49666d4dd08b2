// Servers of a cluster that die, stand still, or hand over. With QUEUE_REPLICAS nothing that was accepted is lost with them.
import { setTimeout as sleep } from "node:timers/promises";
import { redisCommand } from "../../support/redis-command.ts";
import type { RedisCluster } from "../../support/start-cluster.ts";
import type { Fault, FaultContext } from "../fault.ts";

/** Longer than a failover takes, so that the replica has taken over when the other is back. */
const awayMs = [3_000, 6_000] as const;

type Node = RedisCluster["nodes"][number];

/** One of the masters of now, whatever it has. */
async function aMaster({ world, random }: FaultContext): Promise<Node> {
  return random.pick((await world.servers.cluster?.mastersNow()) ?? []);
}

const gone = (name: string, what: string, begin: (node: Node) => unknown): Fault => ({
  name,
  what,
  on: "redis",
  backend: "cluster",
  inject: async (context) => {
    const node = await aMaster(context);
    const ms = context.random.int(...awayMs);
    context.note(`${what}, for ${ms} ms`);
    await begin(node);
    await sleep(ms);
    await node.ensure();
    return 1;
  },
});

const handedOver: Fault = {
  name: "cluster-hand-over",
  what: "CLUSTER FAILOVER: every replica in turn takes over from its master",
  on: "redis",
  backend: "cluster",
  inject: async ({ world, note, random }) => {
    const { nodes = [], mastersNow } = world.servers.cluster ?? {};
    const masters = (await mastersNow?.()) ?? [];
    const replicas = nodes.filter((node) => !masters.includes(node));
    for (const { url } of replicas) {
      note("CLUSTER FAILOVER");
      await redisCommand(url, "CLUSTER", "FAILOVER");
      await sleep(random.int(500, 1_500));
    }
    return replicas.length;
  },
};

export const clusterFaults: readonly Fault[] = [
  gone("cluster-master-kill", "kill -9 of a master of the cluster", (node) => node.kill()),
  gone("cluster-master-freeze", "SIGSTOP of a master of the cluster", (node) => process.kill(node.pid, "SIGSTOP")),
  handedOver,
];
