// A short, seeded selection of the fault suite. `npm run faults` runs all of it, for as long as one likes.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachBackend } from "../support/index.ts";
import { faultsFor } from "./faults/index.ts";
import { runSeed } from "./run-seed.ts";
import { openRunFolder, type RunFolder } from "./world/folder.ts";
import { type Servers, startServers } from "./world/servers.ts";

/** A few, for a machine that runs other tests beside these. */
const size = { loadMs: 4_000, events: 250, files: 2, bulkRows: 200 };
/** Generous about time: what counts here is what became of the events. */
const drainMsMax = 60_000;
const testMsMax = 240_000;

const selections = {
  redis: { seed: 104, only: ["worker-kill-in-transaction", "redis-kill", "postgres-kill"] },
  postgres: { seed: 105, only: ["worker-kill", "postgres-kill", "database-cut"] },
};

eachBackend("what was accepted under faults", ({ kind }) => {
  let place: RunFolder;
  let servers: Servers;
  beforeAll(async () => {
    place = await openRunFolder(false);
    const postgresFolder = join(place.folder, "postgres");
    servers = await startServers({ folder: place.folder, postgresFolder, backend: kind });
  });
  afterAll(async () => {
    await servers?.stop();
    await place?.remove();
  });

  test(
    "takes effect exactly once, and the levels are the model's",
    async () => {
      const { seed, only } = selections[kind];
      const faults = faultsFor(kind, only);
      const report = await runSeed(servers, {
        ...{ seed, backend: kind, faults, size, drainMsMax },
        folder: place.folder,
      });
      const again = `npm run faults -- --seed ${seed} --backend ${kind} --only ${only.join(",")}`;
      expect(report.faulty, `${again}\n${report.schedule.join("\n")}`).toEqual([]);
      expect(report.verdict.effects).toBeGreaterThan(size.events);
      expect(report.schedule.length).toBeGreaterThan(0);
    },
    testMsMax,
  );
});
