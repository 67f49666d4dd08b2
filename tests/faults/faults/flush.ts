// The queue loses everything. With ACCEPT_INTO=inbox no accepted event is lost with it, and no reset either.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";

const flushed: Fault = {
  name: "redis-flushall",
  what: "FLUSHALL at random moments, with ACCEPT_INTO=inbox",
  backend: "redis",
  env: { ACCEPT_INTO: "inbox" },
  inject: async ({ world, random, note }) => {
    for (let time = 0; time < 3; time += 1) {
      await sleep(random.int(300, 2_500));
      await world.servers.redis("FLUSHALL");
      note("FLUSHALL");
    }
    return 3;
  },
};

export const flushFaults: readonly Fault[] = [flushed];
