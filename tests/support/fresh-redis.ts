// A Redis database number of its own for a test, so that test files that run at the same time never see each other's keys.
import { inject } from "vitest";
import { redisCommand } from "./redis-command.ts";

export interface FreshRedis {
  readonly url: string;
  /** Empties it. */
  drop(): Promise<void>;
}

/** Why Redis tests are skipped, in words; undefined when they run. */
export function whyNoRedis(): string | undefined {
  return inject("redisUrl") === null ? "no redis-server or valkey-server could be found" : undefined;
}

/** An empty database of the run's Redis. Throws where there is none: ask whyNoRedis first, or use eachBackend. */
export async function freshRedis(): Promise<FreshRedis> {
  const server = inject("redisUrl");
  if (server === null) throw new Error(`Redis is needed here, and ${whyNoRedis()}`);
  const number = (await redisCommand(server, "INCR", "test:databases")).replace(":", "");
  const url = `${server}/${number}`;
  await redisCommand(url, "FLUSHDB");
  return { url, drop: async () => void (await redisCommand(url, "FLUSHDB")) };
}
