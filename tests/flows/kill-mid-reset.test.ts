// A worker that is killed in the middle of a reset, at each of its steps: whoever comes next ends the run by itself, every facility
// is applied once, and its file is archived once. The worker is stopped where a case wants it by locks that the test holds in the
// database, or by an SFTP server that is away: by what may stop it in earnest.
import { dirname, join } from "node:path";
import { type SftpServer, startSftp } from "@inventory-sync/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { besideOthers, eventually, type System, startProcess, startSystem, whyNoRedis } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { ops } from "./operator.ts";
import { eventOf, type Outside, outsideOf, snapshotCsv } from "./outside.ts";
import { sftpClient } from "./sftp-client.ts";

/** Past the lock of a dead worker's jobs and the check for them, on a busy machine. */
const takeOverMsMax = 120_000;
const facilitiesOfReset = 4;

interface Stage {
  readonly resetId: () => Promise<string>;
  readonly facilities: readonly string[];
}

/** Each case waits until the lock of the dead worker's job has passed; so they go in lanes, each with a system of its own, all at once. */
const lanes = [
  { kind: "redis", name: "on redis" },
  { kind: "postgres", name: "on postgres" },
  { kind: "postgres", name: "on postgres, later" },
] as const;
type Lane = (typeof lanes)[number]["name"];

interface Case {
  readonly at: string;
  readonly on: readonly Lane[];
  /** Begins the reset, and resolves once the worker stands where it is to be killed. Returns what lets the next one pass. */
  readonly stop: (given: Stage) => Promise<() => Promise<void>>;
}

function killInTheMiddle({ kind, name }: (typeof lanes)[number]): void {
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  let worker: Awaited<ReturnType<typeof startProcess>>;
  let sftpAgain: SftpServer | undefined;
  /** Files of this test, so far. */
  let files = 0;

  beforeAll(async () => {
    // One facility at a time: then it is known which of them are done. On Redis all of them together, as they usually go.
    const one = { FACILITY_RESETS_AT_ONCE_MAX: "1", FACILITIES_A_TRANSACTION_MAX: "1" };
    system = await startSystem({ backend: kind, env: kind === "redis" ? {} : one });
    outside = await outsideOf(system);
    database = await databaseClient(system);
    worker = system.processes.worker;
  });
  afterAll(async () => {
    await database?.end();
    outside?.end();
    await worker?.stop();
    await system?.stop();
    await sftpAgain?.stop();
  });

  const stateOf = async (id: string) => (await outside.reset(id)).state;
  const facilityStates = async (id: string) => (await outside.reset(id)).facilities.map(({ state }) => state);

  /** Lets the worker stage its rows, and stops it before it has told the queue so. */
  const untilStaged: Case["stop"] = async ({ resetId }) => {
    const letStage = await database.lockTable("snapshot_part");
    const id = await resetId();
    await database.somebodyWaits("snapshot_part");
    const letReport = await database.lockTable("bullmq.job");
    await letStage();
    await eventually(async () => (await stateOf(id)) === "reconciling");
    await database.somebodyWaits("bullmq.job");
    return letReport;
  };

  const cases: readonly Case[] = [
    {
      at: "with its rows in staging, before that is committed",
      on: ["on postgres"],
      stop: async ({ resetId }) => {
        const release = await database.lockTable("facility_reset");
        await resetId();
        await database.somebodyWaits("facility_reset");
        return release;
      },
    },
    { at: "after staging, before its facilities are queued", on: ["on postgres"], stop: untilStaged },
    {
      at: "after it has noted that its facilities are queued, before they are",
      on: ["on postgres"],
      stop: async (given) => {
        const letReport = await untilStaged(given);
        const letTouch = await database.lockRow("reset", "file like 'kill-%' and finished_at is null");
        await letReport();
        await database.somebodyWaits("reset");
        const letQueue = await database.lockTable("bullmq.job");
        await letTouch();
        await eventually(async () => {
          const [row] = await database.rows<{ fanned: boolean }>(
            "select fanned_out = generation as fanned from reset where file like 'kill-%' and finished_at is null",
          );
          return row?.fanned;
        });
        return letQueue;
      },
    },
    {
      at: "inside the transaction of the third of four facilities",
      on: ["on postgres, later"],
      stop: async ({ resetId, facilities }) => {
        await database.lockFacility(facilities[2] ?? "");
        const id = await resetId();
        await eventually(async () => (await facilityStates(id)).join() === "applied,applied,reconciling,pending");
        // Now it waits for the facility; let it in, and stop it where it writes the correction.
        const letWrite = await database.lockTable("movement");
        await database.release();
        await database.somebodyWaits("movement");
        return letWrite;
      },
    },
    {
      at: "inside the transaction of facilities that go together",
      on: ["on redis"],
      stop: async ({ resetId }) => {
        const letWrite = await database.lockTable("movement");
        const id = await resetId();
        await eventually(async () => (await facilityStates(id)).includes("reconciling"));
        await database.somebodyWaits("movement");
        return letWrite;
      },
    },
    {
      at: "after the commit of a facility, before its job knows",
      on: ["on postgres, later"],
      stop: async ({ resetId, facilities }) => {
        await database.lockFacility(facilities[1] ?? "");
        const id = await resetId();
        await eventually(async () => (await facilityStates(id)).join() === "applied,reconciling,pending,pending");
        // The queue takes no word of its end, so the worker gets no further.
        const letReport = await database.lockTable("bullmq.job");
        await database.release();
        await eventually(async () => (await facilityStates(id)).join() === "applied,applied,pending,pending");
        await database.somebodyWaits("bullmq.job");
        return letReport;
      },
    },
    {
      at: "after its file was moved, before that is on record",
      on: ["on postgres, later", "on redis"],
      stop: async ({ resetId, facilities }) => {
        await database.lockFacility(facilities[3] ?? "");
        const id = await resetId();
        await eventually(async () => (await facilityStates(id)).join() === "applied,applied,applied,reconciling");
        const letRecord = await database.lockTable("snapshot_part");
        await database.release();
        await eventually(async () => (await outside.files.list("incoming")).length === 0);
        await database.somebodyWaits("snapshot_part");
        return letRecord;
      },
    },
    {
      at: "before its file is archived, while the SFTP server is away",
      on: ["on postgres, later"],
      stop: async ({ resetId, facilities }) => {
        await database.lockFacility(facilities[3] ?? "");
        const id = await resetId();
        await eventually(async () => (await facilityStates(id)).join() === "applied,applied,applied,reconciling");
        await system.sftp.stop();
        await database.release();
        await eventually(async () => (await stateOf(id)) === "completed");
        return startSftpAgain;
      },
    },
  ];

  async function startSftpAgain(): Promise<void> {
    const { root, port, username, password } = system.sftp;
    sftpAgain = await startSftp({ root, port, username, password, hostKeyFile: join(dirname(root), "host-key") });
    outside = await outsideOf(system, await sftpClient(system.sftp.url));
  }

  test.each(cases.filter(({ on }) => on.includes(name)))(
    "$at",
    async ({ stop }) => {
      files += 1;
      const facilities = Array.from({ length: facilitiesOfReset }, (_, index) => `K${files}-${index}`);
      const file = `kill-${files}-20261101T090000Z.csv`;
      // A facility must be known to be held; and what was sold after the count must not be lost.
      const sales = facilities.map((facilityId) => eventOf("sale", { facilityId, quantity: 2, at: "09:30" }));
      await outside.send(sales);
      for (const facilityId of facilities) await outside.applied(facilityId, "sale");
      await outside.files.upload(file, snapshotCsv(facilities.map((facility) => [facility, "X", 50])));
      let id = "";
      const resetId = async () => {
        id = await outside.beginReset(file);
        return id;
      };

      const letPass = await stop({ resetId, facilities });
      await worker.kill("SIGKILL");
      const [next] = await Promise.all([startProcess("worker", system.env), letPass()]);
      worker = next;

      const seen = await eventually(
        async () => {
          const reset = await outside.reset(id);
          return reset.state === "completed" && (await outside.files.list("incoming")).length === 0 ? reset : undefined;
        },
        { withinMs: takeOverMsMax },
      );
      expect(seen.facilities.map(({ state, corrected, lateSales }) => [state, corrected, lateSales])).toEqual(
        facilities.map(() => ["applied", 1, -2]),
      );
      const posted = await database.rows<{ facility: string; effect: string }>(
        `select f.facility_id as facility, m.effect::float8 as effect from movement m join facility f on f.id = m.facility_id
          where m.type = 'correction' and m.reset_id = $1 order by f.facility_id`,
        [id],
      );
      expect(posted).toEqual(facilities.map((facility) => ({ facility, effect: 50 })));
      for (const facility of facilities) expect(await outside.onHand(facility, "X")).toBe(48);
      const archived = "select archived_to as place from reset where id = $1 and archived_to is not null";
      const { place } = await eventually(async () => (await database.rows<{ place: string }>(archived, [id]))[0], {
        withinMs: takeOverMsMax,
      });
      expect(place).toMatch(new RegExp(`^archive/\\d{4}/\\d{2}/\\d{2}/${file}$`));
      expect((await outside.files.list(dirname(place))).filter((name) => name.includes(`kill-${files}-`))).toEqual([
        file,
      ]);
      expect(await database.rows("select from snapshot_row where reset_id = $1", [id])).toEqual([]);
    },
    2 * takeOverMsMax,
  );

  test("leaves a ledger that adds up, and no failed job", async () => {
    const audit = await ops(system, "audit");
    expect(audit).toMatchObject({ exitCode: 0 });
    expect(await outside.failedCauses()).toEqual([]);
  });
}

for (const lane of lanes) {
  const reason = lane.kind === "redis" ? whyNoRedis() : undefined;
  besideOthers("a worker killed in the middle of a reset", lane.name, () => killInTheMiddle(lane), reason);
}
