// The clients of Redis: one that fails fast for what is accepted, one that waits for what is worked on; on one server, a cluster, or the
// master that sentinels name.

import type { Duplex } from "node:stream";
import { Cluster, Redis } from "ioredis";
import type { RedisAddress } from "./redis-address.ts";

const connectTimeout = 2_000;
const reconnectMsMax = 1_000;

/**
 * Commands are refused while the server is away, and those in flight fail at the first reconnect instead of after twenty.
 * BullMQ's queue objects still wait for the first connection, which is why every call has a deadline of its own.
 *
 * `socketTimeout`: a connection on which a command waits and nothing comes for so long is made again, and the command sent
 * again, for the network may have forgotten it, or the master may be frozen.
 */
export const failFast = {
  client: { enableOfflineQueue: false, maxRetriesPerRequest: 1, connectTimeout, socketTimeout: 5_000 },
  cluster: {},
} as const;

/**
 * Commands wait until the server is back. No command timeout: a worker must not take a slow answer for a failure; and longer
 * silences than a worker's blocking wait for a job. In a cluster a command goes on being sent for as long as a failover takes: with what
 * is usual there it would fail after 1.6 s, and a job that is done would be taken for one that is not.
 */
export const patient = {
  client: { enableOfflineQueue: true, maxRetriesPerRequest: null, connectTimeout, socketTimeout: 15_000 },
  cluster: { maxRedirections: 10_000 },
} as const;

/** A sentinel that takes connections and says nothing would otherwise be waited for without end. */
const sentinelCommandTimeout = 1_000;
const slotsRefreshInterval = 5_000;
const movedRetryMs = 100;

const retryStrategy = (times: number): number => Math.min(100 * times, reconnectMsMax);

/** A master that has become a replica refuses writes: the connection is made again, to the new master, and the command sent there. */
const reconnectOnError = (error: Error): 2 | false => (error.message.startsWith("READONLY") ? 2 : false);

/** Makes a client that connects in the background, for ever. */
export function createClient(address: RedisAddress, patience: typeof failFast | typeof patient): Redis | Cluster {
  const { kind, nodes, username, password, isTls, database, master } = address;
  const { enableOfflineQueue, ...each } = patience.client;
  const account = { ...(username && { username }), ...(password && { password }), ...(isTls && { tls: {} }) };
  if (kind === "cluster") {
    const cluster = new Cluster(beginsWith(nodes), {
      ...patience.cluster,
      ...{
        enableOfflineQueue,
        slotsRefreshInterval,
        retryDelayOnMoved: movedRetryMs,
        clusterRetryStrategy: retryStrategy,
      },
      // Certificates are for names: an address that was looked up fits none.
      ...(isTls && { dnsLookup: (name: string, found: (error: null, name: string) => void) => found(null, name) }),
      redisOptions: { ...each, ...account },
    });
    cluster.on("+node", cork);
    return mended(cluster, nodes);
  }
  const [server] = nodes;
  const where = master
    ? {
        ...{ sentinels: [...nodes], name: master.name, sentinelCommandTimeout },
        ...{ sentinelRetryStrategy: retryStrategy, ...(master.password && { sentinelPassword: master.password }) },
        ...(isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
      }
    : { ...server, db: database };
  const client = new Redis({ ...where, ...each, ...account, enableOfflineQueue, retryStrategy, reconnectOnError });
  cork(client);
  return client;
}

/** Servers of a cluster that are remembered, beyond those that QUEUE_URL names. */
const nodesMax = 64;

type Nodes = RedisAddress["nodes"];

/** What the clients of this process have seen of each cluster, the latest first; by the servers that its QUEUE_URL names. */
const seen = new Map<string, Nodes>();

/** Where a client of a cluster begins: with those that QUEUE_URL names, and with all that any client of this process has seen. */
const beginsWith = (named: Nodes): Nodes[number][] => [...named, ...(seen.get(JSON.stringify(named)) ?? [])];

/** What ioredis lacks where a cluster loses all of its servers. A worker waits for jobs on a copy of its client, which is mended like it. */
function mended(cluster: Cluster, named: Nodes): Cluster {
  rememberNodes(cluster, named);
  settleConnect(cluster);
  cluster.duplicate = (...given) => mended(Cluster.prototype.duplicate.apply(cluster, given), named);
  return cluster;
}

/**
 * Has `connect` resolve once the cluster is ready, whichever try makes it so. Where a server answers while the cluster as a whole is not
 * ready, ioredis begins anew by itself, and forgets whoever waits for this try: a worker of BullMQ then waited for ever, and left its queue alone.
 */
function settleConnect(cluster: Cluster): void {
  cluster.connect = () => {
    let leave = (): void => undefined;
    const settled = new Promise<void>((resolve, reject) => {
      const giveUp = () => reject(new Error("the connection to the cluster was given up"));
      cluster.once("ready", resolve).once("end", giveUp);
      leave = () => void cluster.off("ready", resolve).off("end", giveUp);
      Cluster.prototype.connect.call(cluster).then(resolve, reject);
    });
    return settled.finally(leave);
  };
}

/**
 * Has a cluster whose every connection was lost look for it where it was last, too: its servers may all have moved since QUEUE_URL was
 * written, and each of its own accord, so that those which it names are nobody's any more. A client that is made only then, or that had
 * not found the cluster before, goes by what the others saw.
 */
function rememberNodes(cluster: Cluster, named: Nodes): void {
  const key = JSON.stringify(named);
  cluster.on("+node", ({ options: { host, port } }: Redis) => {
    if (host === undefined || port === undefined) return;
    const others = (seen.get(key) ?? []).filter((each) => each.host !== host || each.port !== port);
    seen.set(key, [{ host, port }, ...others].slice(0, nodesMax));
  });
  // What it begins anew with, each time that it has lost them all.
  Object.defineProperty(cluster, "startupNodes", { get: () => beginsWith(named) });
}

/**
 * Sends the commands of one turn of the event loop in one write. After a batch has committed a hundred jobs complete
 * together; each of their commands would be a write of its own, which costs more than the command, and Redis would find them
 * one by one and force its log to disk for each handful instead of once for all.
 *
 * Nothing else changes: commands keep their order, their answers and what happens to them when the connection is lost. (That is
 * why this is no automatic pipeline: ioredis aborts a pipeline whose connection is lost, where single commands are sent again.)
 */
function cork(client: Redis): void {
  const send = client.sendCommand.bind(client);
  let corked: Duplex | undefined;
  client.sendCommand = (command, stream) => {
    if (stream === undefined && corked === undefined && client.status === "ready") {
      const socket = client.stream as unknown as Duplex;
      socket.cork();
      corked = socket;
      setImmediate(() => {
        corked = undefined;
        socket.uncork();
      });
    }
    return send(command, stream);
  };
}
