// What changes under the apps while they work: the number of shards, and the version.
import { setTimeout as sleep } from "node:timers/promises";
import { secureDatabase } from "@inventory-sync/db";
import type { Fault } from "../fault.ts";

const apps = ["ingest", "worker-1", "worker-2", "board"] as const;

const shardsChanged: Fault = {
  name: "shards-change",
  what: "EVENT_SHARDS from 1 to 4 and to 2, app by app, while everything is sent thrice",
  backend: ["redis", "cluster", "sentinel"],
  env: { EVENT_SHARDS: "1" },
  apps,
  timesSent: 3,
  inject: async ({ world, random, note }) => {
    for (const shards of ["4", "2"]) {
      for (const app of random.shuffled(apps)) {
        note(`${app} has EVENT_SHARDS=${shards}`);
        await world.end(app, "SIGTERM");
        world.launch(app, { env: { EVENT_SHARDS: shards } });
        await sleep(random.int(100, 700));
      }
    }
    return 2;
  },
};

const upgraded: Fault = {
  name: "upgrade",
  what: "the database is migrated under an older version, which makes way for this one app by app: both are at work side by side for seconds",
  apps,
  needs: "older-version",
  alone: true,
  inject: async ({ world, random, note }) => {
    const { applied } = await secureDatabase(world.databaseUrl);
    note(`migrated: ${applied.join(", ") || "nothing to do"}`);
    for (const app of random.shuffled(apps)) {
      note(`${app} is of this version`);
      await world.end(app, "SIGTERM");
      await Promise.race([world.launch(app, { version: "this" }).ready, sleep(20_000)]);
      await sleep(random.int(500, 1_500));
    }
    return apps.length;
  },
};

export const versionFaults: readonly Fault[] = [shardsChanged, upgraded];
