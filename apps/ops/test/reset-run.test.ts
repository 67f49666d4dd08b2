// ops reset run against a real SFTP server, database and queue.
import { randomUUID } from "node:crypto";
import { readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Database, openDatabase } from "@inventory-sync/db";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  eventually,
  type FreshDatabase,
  type FreshSftp,
  freshDatabase,
  freshSftp,
} from "../../../tests/support/index.ts";
import { emptyFolder, ops } from "./support.ts";

describe("ops reset run", () => {
  let fresh: FreshDatabase;
  let database: Database;
  let sftp: FreshSftp;
  let queues: Queues;
  let env: Record<string, string>;
  beforeAll(async () => {
    [fresh, sftp] = await Promise.all([freshDatabase(), freshSftp()]);
    database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
    queues = await openQueues({
      url: fresh.url,
      role: "inspector",
      log: createLog({ name: "test", settings: { level: "silent", format: "json" } }),
    });
    env = {
      DATABASE_URL: fresh.url,
      QUEUE_URL: fresh.url,
      SFTP_URL: sftp.url,
      SFTP_HOST_KEY_SHA256: sftp.hostKeySha256,
    };
  });
  afterAll(async () => {
    await queues.close();
    await database.close();
    await Promise.all([fresh.drop(), sftp.drop()]);
  });

  // What became of a reset that failed is told in whole sentences.
  const end = (resetId: string, state: string) =>
    database.pool.query("update reset set state = $2, outcome = $3, finished_at = now() where id = $1", [
      ...[resetId, state, state === "failed" ? "it ended." : "it ended"],
    ]);

  it("says what lies in incoming/ when nothing waits", async () => {
    expect(await ops(env, "reset", "run")).toMatchObject({
      code: 1,
      error: expect.stringContaining("The folder is empty"),
    });
  });

  it("begins a reset over the oldest file or the one named, and wakes a worker", async () => {
    for (const [name, ageS] of [
      ["new.csv", 10],
      ["old.csv", 1_000],
    ] as const) {
      await sftp.putSnapshot(name, "facilityId,sku,quantity\nS001,A,1\n");
      const time = new Date(Date.now() - ageS * 1_000);
      await utimes(join(sftp.root, "incoming", name), time, time);
    }
    const oldest = JSON.parse((await ops(env, "reset", "run", "--json")).out);
    const named = JSON.parse((await ops(env, "reset", "run", "--file", "new.csv", "--json")).out);
    const files = await database.prisma.reset.findMany({ orderBy: { createdAt: "asc" } });
    expect(files.map(({ id, file }) => ({ id, file }))).toEqual([
      { id: oldest.resetIds[0], file: "old.csv" },
      { id: named.resetIds[0], file: "new.csv" },
    ]);
    expect((await queues.counts()).resets.waiting).toBe(2);
    expect(await ops(env, "reset", "run")).toMatchObject({
      code: 0,
      out: expect.stringContaining("under way already"),
    });
  });

  it("previews beside a reset, and says for each facility what would happen", async () => {
    const previewing = ops(env, "reset", "preview", "--file", "old.csv", "--wait");
    const open = await eventually(async () =>
      database.prisma.reset.findFirst({ where: { file: "old.csv", preview: true, finishedAt: null } }),
    );
    await database.pool.query("insert into facility (facility_id) values ('S001') on conflict do nothing");
    await database.pool.query(
      `insert into facility_reset (reset_id, facility_id, rows, corrected, units_before, units_after, held_because, finished_at)
       select $1, id, 1, 1, 100, 10, 'would be held: too much changes', now() from facility where facility_id = 'S001'`,
      [open.id],
    );
    await database.pool.query("insert into facility (facility_id) values ('S002'), ('S003') on conflict do nothing");
    await database.pool.query(
      `insert into facility_reset (reset_id, facility_id, state, error, rows, finished_at)
       select $1, id, case facility_id when 'S003' then 'failed' else 'pending' end,
              case facility_id when 'S003' then 'no row of it could be used' end, 1, now()
         from facility where facility_id in ('S002', 'S003')`,
      [open.id],
    );
    await end(open.id, "preview");
    const { code, out } = await previewing;
    expect(code).toBe(0);
    expect(out).toContain("1 would be held, 1 failed, 1 would be applied. Nothing was changed.");
    const told = out.slice(out.indexOf("what would happen"));
    expect(told).toMatch(
      /S001 +1 +1 +100 +10 +0 +would be held: too much changes\nS003 .* failed: no row of it could be used\nS002 /,
    );
  });

  it("puts a corrected file of rejected rows into incoming/ as the repair of its reset, and nothing else", async () => {
    await database.pool.query("update reset set finished_at = now() where finished_at is null");
    const origin = await database.prisma.reset.findFirstOrThrow({ where: { file: "old.csv", preview: false } });
    await database.pool.query(
      `update reset set state = 'completed', as_of = now(), rejected = 1, outcome = null,
                        report = '{"columns": ["facilityId", "sku", "quantity"], "delimiter": ","}' where id = $1`,
      [origin.id],
    );
    await database.pool.query("insert into rejected_row values ($1, 2, 'S001', 'BAD_QUANTITY', 'none', '{S001,A,x}')", [
      origin.id,
    ]);
    const folder = await emptyFolder();
    const file = join(folder, "corrected.csv");
    await writeFile(file, (await ops(env, "reset", "rejects", origin.id)).out.replace(",x,", ",5,"));
    const { code, out } = await ops(env, "reset", "repair", file, "--json");
    expect(code).toBe(0);
    const repair = await database.prisma.reset.findFirstOrThrow({ where: { repairOf: origin.id } });
    expect(JSON.parse(out)).toEqual({ resetIds: [repair.id] });
    const placed = await readFile(join(sftp.root, "incoming", repair.file), "utf8");
    expect(placed).toBe(`\ufeff${await readFile(file, "utf8")}`);
    const [act] = await database.prisma.operatorAction.findMany({ orderBy: { id: "desc" }, take: 1 });
    expect(act).toMatchObject({ what: "repair rejected rows", target: `reset ${origin.id}, file corrected.csv` });

    const refused = async (content: string) => {
      await writeFile(file, content);
      return ops(env, "reset", "repair", file);
    };
    const whole = await refused("facilityId,sku,quantity\nS001,A,5\n");
    expect(whole).toMatchObject({ code: 1, error: expect.stringContaining("lacks their column lineOfReset") });
    const unknown = await refused(`sku,lineOfReset ${randomUUID()}\nA,2\n`);
    expect(unknown).toMatchObject({ code: 1, error: expect.stringContaining("There is no reset") });
    await database.pool.query("update reset set finished_at = now(), state = 'failed' where id = $1", [repair.id]);
    expect(await refused(`sku,lineOfReset ${repair.id}\nA,2\n`)).toMatchObject({
      code: 1,
      error: expect.stringContaining(`Correct its rows as rows of reset ${origin.id}`),
    });
    expect((await ops(env, "reset", "repair")).code).toBe(64);
  });

  it("waits for the end when asked to, and tells by its exit code how it went", async () => {
    await database.pool.query("update reset set finished_at = now() where finished_at is null");
    for (const [state, code, word] of [
      ["completed", 0, "Completed"],
      ["failed", 1, "Failed"],
      ["completed-with-holds", 1, "Completed with holds"],
    ] as const) {
      const running = ops(env, "reset", "run", "--file", "old.csv", "--wait");
      const open = await eventually(async () =>
        database.prisma.reset.findFirst({ where: { file: "old.csv", finishedAt: null } }),
      );
      await end(open.id, state);
      expect(await running).toMatchObject({
        code,
        out: expect.stringMatching(new RegExp(`^${word}: it ended\\.$`, "m")),
      });
      const listed = await ops(env, "resets", "list");
      expect([listed.code, listed.out.includes("The newest reset, of old.csv, failed: it ended.")]).toEqual(
        state === "failed" ? [1, true] : [0, false],
      );
    }
  });
});
