// TEST_SETUP puts the systems of a run on other servers than the usual ones, so that what holds on one machine is held there as well:
//   cluster       a Redis Cluster of three masters with a replica each, and QUEUE_REPLICAS=1
//   sentinel      a master and a replica that three sentinels watch, one of them mute, and QUEUE_REPLICAS=1
//   pooled        PgBouncer in transaction mode before the database, four connections for each role
//   partitioned   a ledger in partitions
//   archived      a ledger out of which all that may go is archived, again and again while the test runs

import { setTimeout as sleep } from "node:timers/promises";
import {
  archiveNext,
  archivingFacilities,
  isLockTimeout,
  openDatabase,
  partitionLedger,
  roleKinds,
} from "@inventory-sync/db";
import type { FreshDatabase } from "./fresh-database.ts";
import { freshFolder } from "./run-folder.ts";
import { startCluster } from "./start-cluster.ts";
import { startPgBouncer } from "./start-pgbouncer.ts";
import { startWatched } from "./start-watched.ts";

/** What of a system is elsewhere. */
interface SetUp {
  /** Where its queue is on Redis. */
  readonly queue?: { readonly QUEUE_URL: string; readonly QUEUE_REPLICAS: string };
  readonly through?: (url: string) => string;
  readonly end?: () => Promise<void>;
}

type Begin = (database: FreshDatabase) => Promise<SetUp>;

const setUps: Readonly<Record<string, Begin>> = {
  cluster: async () => queueOn(await startCluster(await freshFolder("cluster"))),
  sentinel: async () => queueOn(await startWatched(await freshFolder("sentinel"))),
  pooled: async (database) => {
    const pooler = await startPgBouncer(await freshFolder("pooler"), roleKinds.map(database.urlFor));
    return { through: pooler.through, end: pooler.kill };
  },
  partitioned: async ({ url }) => {
    await partitionLedger(url);
    return {};
  },
  archived: async ({ url }) => ({ end: archiving(url, await freshFolder("ledger-archive")) }),
};

/** Sets up what TEST_SETUP names; nothing where it names nothing. */
export async function setUp(database: FreshDatabase): Promise<SetUp> {
  const name = process.env.TEST_SETUP ?? "";
  const begin = setUps[name];
  if (name !== "" && begin === undefined) throw new Error(`TEST_SETUP is one of ${Object.keys(setUps).join(", ")}`);
  return (await begin?.(database)) ?? {};
}

function queueOn({ url, kill }: { readonly url: string; kill(): Promise<void> }): SetUp {
  return { queue: { QUEUE_URL: url, QUEUE_REPLICAS: "1" }, end: kill };
}

/** Archives what may go of all facilities again and again. Returns how to end it. */
function archiving(url: string, folder: string): () => Promise<void> {
  const database = openDatabase({ url, name: "test" });
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const { id: facility, facilityId } of await archivingFacilities(database.pool)) {
        if (stopping.signal.aborted) return;
        const each = { facility, facilityId, before: new Date("2100-01-01T00:00:00Z") };
        await archiveNext(database, each, { folder, lockWaitMsMax: 1_000 }).catch((error: unknown) => {
          // A test holds it, or a count: the next turn tries again.
          if (!isLockTimeout(error)) throw error;
        });
      }
      await sleep(500, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = run();
  // It is awaited at the end.
  ended.catch(() => undefined);
  return async () => {
    stopping.abort();
    await ended;
    await database.close();
  };
}
