// A PgBouncer before the database that dies, also while transactions are in their COMMIT. Only where there is one (--pooled).
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import { hangCommits } from "./postgres.ts";

const killed: Fault = {
  name: "pooler-kill",
  what: "kill -9 of PgBouncer",
  inject: async ({ world, random, note }) => {
    for (let time = 0; time < 4; time += 1) {
      note("kill -9 pgbouncer");
      await world.pooler?.kill();
      await sleep(random.int(0, 800));
      await world.pooler?.ensure();
      await sleep(random.int(200, 1_200));
    }
    return 4;
  },
};

const inCommit: Fault = {
  name: "pooler-kill-in-commit",
  what: "kill -9 of PgBouncer during COMMIT: it happens, and nobody is told",
  on: "postgres",
  inject: async ({ world, random, note }) => {
    const { seen, letGo } = await hangCommits(world);
    await sleep(random.int(0, 200));
    note(`kill -9 pgbouncer with ${seen} transactions in COMMIT`);
    await world.pooler?.kill();
    await letGo();
    await world.pooler?.ensure();
    return seen > 0 ? 1 : 0;
  },
};

export const poolerFaults: readonly Fault[] = [killed, inCommit];
