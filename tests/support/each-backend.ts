// The same tests on both queue backends. Redis is the production queue, PostgreSQL the one that needs nothing else: both keep the promises.
import { describe } from "vitest";
import { emptyDatabase } from "./fresh-database.ts";
import { freshRedis, whyNoRedis } from "./fresh-redis.ts";

export interface FreshQueueServer {
  /** For openQueues, or as QUEUE_URL. */
  readonly url: string;
  drop(): Promise<void>;
}

export interface Backend {
  readonly kind: "redis" | "postgres";
  /** An empty queue server of this kind; of PostgreSQL, an empty database. */
  freshQueueServer(): Promise<FreshQueueServer>;
}

const postgres: Backend = { kind: "postgres", freshQueueServer: emptyDatabase };
const backends: readonly Backend[] = [{ kind: "redis", freshQueueServer: freshRedis }, postgres];

/**
 * Defines the tests of `define` once per backend; those on Redis are skipped, and counted, where there is no Redis. With `atOnce` both
 * run at the same time, each in its order: for what mostly waits. Hooks that look for the test they belong to (onTestFinished) cannot be used then.
 */
export function eachBackend(name: string, define: (backend: Backend) => void, { atOnce = false } = {}): void {
  for (const backend of backends) {
    const reason = backend.kind === "redis" ? whyNoRedis() : undefined;
    if (reason) describe.skip(`${name} on ${backend.kind} (skipped: ${reason})`, () => define(backend));
    else if (atOnce) besideOthers(name, `on ${backend.kind}`, () => define(backend));
    else describe(`${name} on ${backend.kind}`, () => define(backend));
  }
}

/** Defines tests that run in their order, at the same time as those of the suites beside it that are defined with this. @param reason why they are skipped */
export function besideOthers(name: string, part: string, define: () => void, reason?: string): void {
  const why = reason === undefined ? "" : ` (skipped: ${reason})`;
  describe.skipIf(why !== "").concurrent(name, () => {
    describe.sequential(`${part}${why}`, define);
  });
}

/** Defines the tests of `define` on the queue that is always there: for what passes a queue, but is no different by its kind. */
export function anyBackend(name: string, define: (backend: Backend) => void): void {
  describe(name, () => define(postgres));
}
