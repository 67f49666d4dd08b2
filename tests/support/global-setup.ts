// Before the first test file: one private PostgreSQL and, where there is a redis-server, one private Redis. After the last: both gone.
import { join } from "node:path";
import { findRedisServer, startPostgres, startRedis } from "@inventory-sync/local";
import type { TestProject } from "vitest/node";
import { openRunFolder } from "./run-folder.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Everything that tests write to disk lies below this folder, and goes with it. */
    runFolder: string;
    /** A superuser's url of the run's PostgreSQL. */
    postgresUrl: string;
    /** The run's Redis; null where no redis-server was found. */
    redisUrl: string | null;
  }
}

/** A number per test database; more than any run takes. */
const redisDatabases = "2000";

/** Starts the servers, hands their urls to the test files, and returns what ends them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { folder, remove } = await openRunFolder();
  // Killing a process loses nothing without fsync, only losing the machine does; a test run is not meant to outlive that.
  const postgres = await startPostgres({
    dataDir: join(folder, "postgres"),
    settings: { fsync: "off", full_page_writes: "off", max_connections: "400" },
  });
  const program = findRedisServer();
  const redis = program
    ? await startRedis({ dataDir: join(folder, "redis"), program, settings: { databases: redisDatabases } })
    : undefined;
  project.provide("runFolder", folder);
  project.provide("postgresUrl", postgres.url);
  project.provide("redisUrl", redis?.url ?? null);
  return async () => {
    await Promise.all([postgres.stop(), redis?.stop()]);
    await remove();
  };
}
