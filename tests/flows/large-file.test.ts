// A large snapshot file: its staging has a thread of its own, and what goes wrong there is known in the worker as it would be without.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type System, startSystem, whyNoRedis } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { addProduct } from "./operator.ts";
import { eventOf, noGuards, type Outside, outsideOf, snapshotCsv } from "./outside.ts";

/** More than the megabyte from which on a file is large. */
const rowsOfOthers = 60_000;
const session = "inventory-sync worker, staging";

/** What nobody sells online, and in the last row what somebody does. */
function largeCsv(counted: number, ...more: (readonly [string, string, number])[]): string {
  const others = Array.from({ length: rowsOfOthers }, (_, n) => ["S001", `NOBODYS-${n}`, 1] as const);
  return snapshotCsv([...more, ...others, ["S001", "X", counted]]);
}

describe("a large snapshot file", () => {
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  beforeAll(async () => {
    const backend = whyNoRedis() === undefined ? "redis" : "postgres";
    system = await startSystem({ backend, env: { UNKNOWN_PRODUCT: "skip", ...noGuards } });
    [outside, database] = await Promise.all([outsideOf(system), databaseClient(system)]);
    await addProduct(system, "X");
    await outside.send(eventOf("first", { facilityId: "S001", at: "08:00" }));
    await outside.applied("S001", "first");
  });
  afterAll(async () => {
    await database?.end();
    outside?.end();
    await system?.stop();
  });

  const sessions = () =>
    database.rows("select wait_event_type as waits from pg_stat_activity where application_name = $1", [session]);

  /** Begins a reset, and stops its thread where it is about to write rows, until what it returns is called. */
  const untilRowsAreWritten = async (name: string, content: string) => {
    const letWrite = await database.lockTable("snapshot_part");
    await outside.files.upload(name, content);
    const id = await outside.beginReset(name);
    await eventually(async () => (await sessions()).some(({ waits }) => waits === "Lock"));
    return { id, letWrite };
  };

  it("is staged by a thread with a session of its own, which ends with it", async () => {
    const { id, letWrite } = await untilRowsAreWritten("onhand-20261101T100000Z.csv", largeCsv(20));
    await outside.send(eventOf("beside", { facilityId: "S001", at: "11:00" }));
    await outside.applied("S001", "beside");
    await letWrite();
    expect(await outside.ended(id)).toMatchObject({
      state: "completed",
      rows: rowsOfOthers + 1,
      skipped: rowsOfOthers,
    });
    expect(await outside.onHand("S001", "X")).toBe(19);
    await eventually(async () => (await sessions()).length === 0);
  });

  it("is staged again when the thread loses its database", async () => {
    const { id, letWrite } = await untilRowsAreWritten("onhand-20261101T120000Z.csv", largeCsv(30));
    const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1";
    expect(await database.rows(cut, [session])).not.toEqual([]);
    await letWrite();
    expect((await outside.ended(id)).state).toBe("completed");
    expect(await outside.onHand("S001", "X")).toBe(30);
    expect(await outside.failedCauses()).toEqual([]);
  });

  it("makes no store and leaves no row when it is not what its sender announced", async () => {
    const name = "onhand-20261101T130000Z.csv";
    await outside.files.write(`incoming/${name}.sha256`, `${"0".repeat(64)}  ${name}\n`);
    expect((await outside.runFile(name, largeCsv(35, ["S-NEW", "X", 1]))).state).toBe("failed");
    expect((await outside.files.read(`rejected/${name}.reason.txt`)).toString()).toContain("HASH_MISMATCH");
    const left = "select 1 from facility where facility_id = 'S-NEW' union all select 1 from snapshot_part";
    expect(await database.rows(left)).toEqual([]);
    expect(await outside.onHand("S001", "X")).toBe(30);
  });

  it("is refused whole with its cause when it was cut off", async () => {
    const reset = await outside.runFile("onhand-20261101T140000Z.csv", largeCsv(40).slice(0, -1));
    expect(reset.state).toBe("failed");
    expect(await outside.onHand("S001", "X")).toBe(30);
    await eventually(async () => (await outside.failedCauses()).some(({ error }) => error === "CUT_OFF"));
  });
});
