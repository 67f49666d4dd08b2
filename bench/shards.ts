// B21: the queue of events in four shards on a cluster of three masters, against the same worker and the same events on one Redis. Both are on
// this machine, so the cluster wins no processor: what it must not do is lose speed by being one.
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { openQueues } from "@inventory-sync/queue";
import { startCluster } from "../tests/support/start-cluster.ts";
import { alternate } from "./support/alternate.ts";
import { drain, fill, pauseEvents, singly } from "./support/drain.ts";
import { createCatalogue, saleOf } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import { quietLog } from "./support/quiet-log.ts";
import type { Installation, Stand } from "./support/stand.ts";

const eventsFull = 50_000;
const retailer = { facilities: 50, products: 2_000 };
const shards = 4;
const practiceShare = 0.1;

/** Drains so many events; gives events a second. */
async function drained(on: Installation, events: number, env: Readonly<Record<string, string>>): Promise<number> {
  await createCatalogue(on, retailer);
  await pauseEvents(on);
  await fill(
    on,
    singly(events, (n) => saleOf("sale", n, retailer)),
  );
  const worker = await startWorker(on, env);
  const seconds = await drain(on);
  await worker.stop();
  const movements = await on.audit();
  if (movements !== events) throw new Error(`${movements} movements of ${events} events`);
  return events / seconds;
}

/** The same on a cluster of its own, with nothing in it. */
async function onCluster(stand: Stand, events: number): Promise<number> {
  const cluster = await startCluster(await mkdtemp(join(stand.folder, "cluster-")), { replicas: false });
  const queues = await openQueues({ url: cluster.url, role: "inspector", shards, log: quietLog });
  try {
    await queues.connection.outage.whenUp();
    return await stand.using((on) =>
      drained({ ...on, queueUrl: cluster.url, queues }, events, { EVENT_SHARDS: String(shards) }),
    );
  } finally {
    await queues.close();
    await cluster.kill();
  }
}

export const sharded: Measure = {
  name: "shards",
  ids: ["B21"],
  run: async (stand, sizes) => {
    const eventsOf = ({ practice }: { practice: boolean }) =>
      Math.ceil(sizes.of(eventsFull, 300) * (practice ? practiceShare : 1));
    const runs = await alternate(
      {
        cluster: (round) => onCluster(stand, eventsOf(round)),
        single: (round) => stand.using((on) => drained(on, eventsOf(round), {})),
      },
      { rounds: sizes.rounds, practice: !sizes.quick },
    );
    return [
      {
        ...{
          id: "B21",
          what: `${sizes.of(eventsFull, 300)} queued one-line events, ${shards} shards on three masters`,
          unit: "events/s",
        },
        ...{
          product: figureOf(runs.cluster),
          reference: figureOf(runs.single),
          ratio: ratioOf(runs.cluster, runs.single),
        },
        ...{ referenceIs: "the same on one Redis", target: { ratioMin: 0.9 } },
        notes: [],
      },
    ];
  },
};
