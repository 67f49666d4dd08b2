// What upkeep works with, for tests: a database and a queue of their own, and as many workers' eyes on them as wanted.
import { type Database, openDatabase } from "@inventory-sync/db";
import type { Schedule } from "@inventory-sync/domain";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog, type Logger } from "@inventory-sync/runtime";
import type { Source, Sources } from "@inventory-sync/sftp";
import { type Backend, freshDatabase } from "../../../tests/support/index.ts";

export interface UpkeepParts {
  readonly database: Database;
  readonly queues: Queues;
  readonly sources: Sources;
  readonly log: Logger;
}

export interface UpkeepWorld {
  readonly database: Database;
  /** The parts of one more worker: connections of its own to the same database and queue. */
  worker(schedule?: Schedule): Promise<UpkeepParts>;
  /** What waits in the queue of resets, by name. */
  waiting(): Promise<string[]>;
  /** Empties the database's resets and runs, and the queue. */
  clear(): Promise<void>;
  drop(): Promise<void>;
}

/** The one source that there is. */
export function onlySource(only: Source): Sources {
  return { all: () => [only], find: (name) => (name === only.name ? only : undefined), fault: () => undefined };
}

/** One source with this schedule. @param at its server; without it nobody asks one */
export function sourcesAt(schedule: Schedule, at?: { readonly url: string; readonly hostKeySha256: string }): Sources {
  const { url, hostKeySha256 } = at ?? { url: "sftp://nobody@127.0.0.1/", hostKeySha256: "" };
  const inbox = () => ({ url, hostKeySha256: hostKeySha256 === "" ? [] : [hostKeySha256] });
  return onlySource({ name: "default", inbox, schedule, deadlines: { times: ["06:00"], timeZone: schedule.timeZone } });
}

/** Opens them. Nothing takes jobs from the queue. */
export async function upkeepWorld(backend: Backend): Promise<UpkeepWorld> {
  const [fresh, server] = await Promise.all([freshDatabase(), backend.freshQueueServer()]);
  const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
  const closing: (() => Promise<unknown>)[] = [];
  const open = async () => {
    const database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
    const queues = await openQueues({ url: server.url, role: "consumer", log });
    closing.push(
      () => queues.close(),
      () => database.close(),
    );
    await queues.connection.outage.whenUp();
    return { database, queues };
  };
  const own = await open();
  const resets = own.queues.bullQueues().find((queue) => queue.name === "resets");
  if (!resets) throw new Error("there is no queue of resets");
  return {
    database: own.database,
    worker: async (schedule = { times: ["04:00"], timeZone: "UTC" }) => ({
      ...(await open()),
      sources: sourcesAt(schedule),
      log,
    }),
    waiting: async () => (await resets.getJobs(["waiting", "delayed", "prioritized"])).map((job) => job.name).sort(),
    clear: async () => {
      await resets.obliterate({ force: true });
      await own.database.pool.query("delete from scheduled_run");
      await own.database.pool.query("delete from reset");
    },
    drop: async () => {
      for (const close of closing) await close();
      await Promise.all([fresh.drop(), server.drop()]);
    },
  };
}
