// A new version brings a new migration while the old version works: nothing is lost, nothing waits for long, and the old
// version says in words that it must not be started again. On the queue that stands beside it in PostgreSQL.
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { migrate } from "@inventory-sync/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyBackend, eventually, type System, startProcess, startSystem } from "../support/index.ts";
import { eventOf, type Outside, outsideOf } from "./outside.ts";

const events = 300;
const nextVersion = "20991231000000_next_version";

anyBackend("a migration under load", ({ kind }) => {
  let system: System;
  let outside: Outside;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "inventory-sync-migrations-"));
    await cp(new URL("../../prisma/migrations", import.meta.url), folder, { recursive: true });
    await mkdir(join(folder, nextVersion));
    const sql =
      "ALTER TABLE movement ADD COLUMN note TEXT;\nCREATE INDEX movement_note ON movement (facility_id, note);\n";
    await writeFile(join(folder, nextVersion, "migration.sql"), sql);
    system = await startSystem({ backend: kind });
    outside = await outsideOf(system);
  });
  afterAll(async () => {
    outside?.end();
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("is applied while the old version takes and applies sales, and none is lost", async () => {
    let applied: readonly string[] = [];
    for (let sent = 0; sent < events; sent += 1) {
      const response = await system.postEvents(eventOf(`e${sent}`, { facilityId: "S001", at: "10:00" }));
      expect(response.status).toBe(202);
      if (sent === events / 3) applied = await migrate(system.databaseUrl, pathToFileURL(`${folder}/`));
    }
    expect(applied).toEqual([nextVersion]);
    await eventually(async () => (await outside.onHand("S001", "X")) === -events, { withinMs: 90_000 });
    expect(await (await system.board("/api/jobs/failed?groupBy=error")).json()).toMatchObject({ items: [] });
  });

  test("keeps the old version from being started again, in words", async () => {
    await expect(startProcess("worker", system.env)).rejects.toThrow(/newer than this version.*next_version/s);
  });
});
