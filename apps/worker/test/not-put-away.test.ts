// An account that may read incoming/ and move nothing: the count is applied, the file stays, and nobody runs it again.
import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { claimRuns, dealtWith, filesNotPutAway, findReset } from "@inventory-sync/db";
import type { JobContext } from "@inventory-sync/queue";
import { chooseSnapshot, type Source, withInbox } from "@inventory-sync/sftp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyBackend, type OddSftp, oddSftp } from "../../../tests/support/index.ts";
import { disposeOfFile } from "../src/resets/archive.ts";
import type { ResetParts } from "../src/resets/parts.ts";
import { runWaiting } from "../src/resets/run-waiting.ts";
import { watchNotPutAway } from "../src/upkeep/alarm-watches.ts";
import { sourcesAt, type UpkeepWorld, upkeepWorld } from "./upkeep-parts.ts";

const PERMISSION_DENIED = 3;
const FAILURE = 4;
const OP_UNSUPPORTED = 8;

anyBackend("an account that may not move files", (backend) => {
  let world: UpkeepWorld;
  let server: OddSftp;
  let parts: ResetParts;
  beforeAll(async () => {
    [world, server] = await Promise.all([upkeepWorld(backend), oddSftp()]);
    const sources = sourcesAt({ times: ["04:00"], timeZone: "UTC" }, server);
    parts = { ...(await world.worker()), sources, config: { RESET_TIME_ZONE: "UTC" } } as unknown as ResetParts;
  });
  afterAll(async () => {
    await server.drop();
    await world.drop();
  });

  /** One daily run, whose resets are ended as a worker would that has applied their rows. @returns the files it took */
  async function day(
    date: string,
    { movesFiles = true, state = "completed", outcome = null as string | null } = {},
  ): Promise<string[]> {
    const runKey = `${date}T04:00[UTC]`;
    await claimRuns(world.database, [{ runKey, dueAt: new Date(`${date}T04:00:00Z`) }]);
    await runWaiting(parts, runKey, { log: () => undefined } as unknown as JobContext<"resets">);
    const { rows } = await world.database.pool.query<{ id: string; file: string }>(
      "update reset set state = $1, outcome = $2, finished_at = clock_timestamp() where finished_at is null returning id, file",
      [state, outcome],
    );
    for (const { id } of movesFiles ? rows : []) {
      const reset = await findReset(world.database, id);
      if (reset) await disposeOfFile(parts, reset);
    }
    return rows.map(({ file }) => file).sort();
  }
  const put = (name: string): Promise<void> => writeFile(join(server.root, "incoming", name), "store,sku,qty\nS,A,1\n");
  const alarms = async () => (await watchNotPutAway(parts, new Date())).causes;

  test("the reset says that it is applied and what right is missing, one alarm rings, and the next morning runs only what is new", async () => {
    server.odd.status = (request) => (["MKDIR", "RENAME", "OPEN"].includes(request) ? PERMISSION_DENIED : undefined);
    await put("monday.csv");
    expect(await day("2026-11-23")).toEqual(["monday.csv"]);
    const [left] = await filesNotPutAway(world.database);
    expect(left).toMatchObject({
      file: "monday.csv",
      reason: expect.stringMatching(
        /^The count is applied, but monday\.csv could not be put away: Could not make the folder .*archive.* Give the account in its url \(.*SFTP_URL\) the right/,
      ),
    });
    await put("tuesday.csv");
    // Another server's way to say no.
    server.odd.status = (request) => (["MKDIR", "RENAME"].includes(request) ? FAILURE : undefined);
    expect(await day("2026-11-24")).toEqual(["tuesday.csv"]);
    expect(await day("2026-11-25")).toEqual([]);
    expect(await alarms()).toMatchObject([{ kind: "file-not-put-away", file: "monday.csv", size: 2 }]);

    await writeFile(join(server.root, "incoming", "monday.csv"), "store,sku,qty\nS,A,1\nS,B,2\n");
    expect(await day("2026-11-26")).toEqual(["monday.csv"]);

    // Neither a refusal nor done: it holds up nothing of the day.
    await put("friday.csv");
    server.odd.status = (request, path) =>
      request === "RENAME" && path.includes("monday") ? OP_UNSUPPORTED : undefined;
    expect(await day("2026-11-18")).toEqual(["friday.csv"]);
    expect(await alarms()).toMatchObject([{ file: "monday.csv" }]);
    const gone = { ...parts, sources: { ...parts.sources, find: () => undefined } };
    expect((await watchNotPutAway(gone, new Date())).causes, "of a source that is gone").toEqual([]);

    server.odd.status = () => undefined;
    expect(await day("2026-11-27")).toEqual([]);
    expect(await readdir(join(server.root, "incoming"))).toEqual([]);
    expect(await alarms()).toEqual([]);
  });

  test("rejected rows that may not be written to error/ ring with the file where it is; the next morning's file of that name is another day's, and once they may be written they are", async () => {
    server.odd.status = (_, path) => (path.includes("/error") ? PERMISSION_DENIED : undefined);
    const morning = async (date: string) => {
      await put("daily.csv");
      await utimes(join(server.root, "incoming", "daily.csv"), new Date(date), new Date(date));
      expect(await day(date, { movesFiles: false })).toEqual(["daily.csv"]);
      const { rows } = await world.database.pool.query<{ id: string }>(
        "select id from reset where file = 'daily.csv' and archived_to is null",
      );
      const reset = await findReset(world.database, rows[0]?.id ?? "");
      if (!reset) throw new Error("the reset of the morning is missing");
      await world.database.pool.query(
        `insert into rejected_row (reset_id, line, facility_id, code, reason, fields) values ($1, 2, 'S', 'BAD_QUANTITY', 'no number', '{S,A,x}')`,
        [reset.id],
      );
      return { id: reset.id, place: await disposeOfFile(parts, reset) };
    };
    const first = await morning("2026-11-20");
    expect(first.place).toMatch(/^archive\/.*daily\.csv$/);
    expect(await alarms()).toMatchObject([{ kind: "file-not-put-away", file: "daily.csv", size: 1 }]);
    expect((await filesNotPutAway(world.database)).map(({ reason }) => reason)).toEqual([
      expect.stringMatching(
        /^The count is applied, but the rejected rows of daily\.csv could not be written to error\/ for their sender: /,
      ),
    ]);

    const second = await morning("2026-11-21");
    expect(await findReset(world.database, first.id)).toMatchObject({ archivedTo: first.place });
    expect(second.place).not.toBe(first.place);
    expect(await alarms()).toMatchObject([{ size: 2 }]);

    // Put back as it was, with its old time, it is another file that waits.
    await put("daily.csv");
    await utimes(join(server.root, "incoming", "daily.csv"), new Date("2026-11-21"), new Date("2026-11-21"));
    expect(await day("2026-11-19")).toEqual(["daily.csv"]);

    server.odd.status = () => undefined;
    expect(await day("2026-11-22")).toEqual([]);
    expect(await alarms()).toEqual([]);
    expect(await readdir(join(server.root, "error"))).toEqual(
      [first, second].map(({ id }) => `daily.${id}.csv.rejects.csv`).sort(),
    );
    const { rows: changed } = await world.database.pool.query(
      "select 1 from reset where requested_by like 'a change of%' and file = 'daily.csv'",
    );
    expect(changed).toEqual([]);
  });

  test("a badly named file is on record before it is moved, once, also where that cannot be", async () => {
    server.odd.status = (request) => (request === "RENAME" ? PERMISSION_DENIED : undefined);
    await put("nobody\u202esees.csv");
    const refused = async () =>
      (
        await world.database.pool.query<{ state: string; outcome: string }>(
          "select state, outcome from reset where file like 'badly-named.%'",
        )
      ).rows;
    expect(await day("2026-11-28")).toEqual([]);
    expect(await refused()).toEqual([{ state: "failed", outcome: expect.stringMatching(/^BAD_NAME: /) }]);
    expect(await day("2026-11-29")).toEqual([]);
    expect(await refused()).toHaveLength(1);

    server.odd.status = () => undefined;
    expect(await day("2026-11-30")).toEqual([]);
    expect(await readdir(join(server.root, "incoming"))).toEqual([]);
    expect(await refused()).toHaveLength(1);
  });

  test.each([
    ["applied", "friday.csv", "2026-12-01", { state: "completed" }],
    [
      "refused whole",
      "saturday.csv",
      "2026-12-02",
      { state: "failed", outcome: "NO_HEADER: its first line names no columns" },
    ],
  ])("a file that was just %s, and is about to be moved, is no file that waits", async (_, file, date, end) => {
    await put(file);
    expect(await day(date, { movesFiles: false, ...end })).toEqual([file]);
    expect(await readdir(join(server.root, "incoming"))).toContain(file);
    expect(await day(`${date.slice(0, -1)}9`)).toEqual([]);
    const source = parts.sources.all()[0] as Source;
    const choose = (name?: string) =>
      withInbox(source.inbox(), parts.log, (inbox) =>
        chooseSnapshot(inbox, name, () => dealtWith(world.database, source.name)),
      );
    expect(await choose()).toMatchObject({ missing: "none" });
    expect(await choose(file)).toMatchObject({ name: file });
  });
});
