// Runs of the reset flow that nobody attends: the daily run, a worker that dies in the middle, a file that is still growing. What only
// the database and the SFTP server decide is looked at on one queue.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eachBackend, eventually, type System, startProcess, startSystem } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { noGuards, type Outside, outsideOf, type ResetSeen, snapshotCsv, stepMsMax } from "./outside.ts";

/** Past the lock of a dead worker's jobs and the check for them, on a busy machine. */
const takeOverMsMax = 120_000;

type Worker = Awaited<ReturnType<typeof startProcess>>;
type Run = { run_key: string; state: string; outcome: string };

eachBackend(
  "resets that nobody attends",
  ({ kind }) => {
    let system: System;
    let outside: Outside;
    let database: DatabaseClient;
    let workers: Worker[] = [];
    beforeAll(async () => {
      system = await startSystem({ backend: kind, env: noGuards });
      outside = await outsideOf(system);
      database = await databaseClient(system);
      // Each test starts the workers it needs.
      await system.processes.worker.stop();
    });
    beforeEach(async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      workers = [];
    });
    afterAll(async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await database?.end();
      outside?.end();
      await system?.stop();
    });

    async function startWorkers(count: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
      const start = () => startProcess("worker", { ...system.env, ...env });
      workers.push(...(await Promise.all(Array.from({ length: count }, start))));
    }

    /** The name of a run's job as people see it: "reset 2026-11-23 04:00 UTC". */
    const shownAs = (runKey: string) => `reset ${runKey.replace(/^(.*)T(.*)\[(.*)\]$/, "$1 $2 $3")}`;

    /** Makes the time `minutesAgo` the only one of the schedule that is due: the newest run on record is older. */
    async function oneTimeDue(minutesAgo: number): Promise<{ env: Record<string, string>; runKey: string }> {
      const [row] = await database.rows<{ due: string }>(
        `select to_char(date_trunc('minute', clock_timestamp() - make_interval(mins => $1)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as due`,
        [minutesAgo],
      );
      const due = row?.due ?? "";
      await database.rows("delete from scheduled_run");
      await database.rows(
        `insert into scheduled_run (run_key, due_at, state, finished_at, outcome)
       values ('before this test', $1::timestamp at time zone 'UTC' - interval '5 minutes', 'skipped', now(), '')`,
        [due],
      );
      return { env: { RESET_AT: due.slice(11), RESET_TIME_ZONE: "UTC" }, runKey: `${due}[UTC]` };
    }

    const ranFor = async (runKey: string): Promise<Run> =>
      eventually(
        async () =>
          (
            await database.rows<Run>(
              "select run_key, state, outcome from scheduled_run where run_key = $1 and state = 'done'",
              [runKey],
            )
          )[0],
        { withinMs: stepMsMax },
      );

    const resetsOf = async (prefix: string): Promise<ResetSeen[]> => {
      const page = (await (await system.board("/api/resets?limit=1000")).json()) as { items: ResetSeen[] };
      return page.items.filter(({ file }) => file.startsWith(prefix));
    };

    test("the daily run runs once with three workers at work, and takes every waiting file, oldest first", async () => {
      for (const [name, quantity, minute] of [
        ["daily-b-20261101T110000Z.csv", 7, 2],
        ["daily-a-20261101T100000Z.csv", 5, 1],
      ] as const) {
        await outside.files.upload(name, snapshotCsv([["DAILY", "X", quantity]]));
        await outside.files.touch(`incoming/${name}`, new Date(Date.UTC(2026, 10, 2, 4, minute)));
      }
      await outside.files.write("incoming/daily-\u202evsc.csv", snapshotCsv([["DAILY", "X", 99]]));
      const { env, runKey } = await oneTimeDue(0);
      await startWorkers(3, env);
      expect((await ranFor(runKey)).outcome).toMatch(
        /^3 files: badly-named\.[0-9a-f]{16}\.csv, daily-a-20261101T100000Z\.csv, daily-b-20261101T110000Z\.csv$/,
      );
      const [refused] = await resetsOf("badly-named.");
      expect(refused).toMatchObject({ state: "failed", facilityCounts: {} });
      const reason = (await outside.files.read(`rejected/${refused?.file}.reason.txt`)).toString();
      expect(reason).toMatch(/^BAD_NAME: The name daily-\\u\{202e\}vsc\.csv holds characters that nobody sees\./);
      await eventually(async () => {
        const { items } = (await (await system.board("/api/alarms")).json()) as {
          items: { kind: string; message: string }[];
        };
        return items.some(({ kind, message }) => kind === "file-refused" && message.includes("BAD_NAME"));
      });
      await eventually(
        async () => (await resetsOf("daily-")).filter(({ state }) => state === "completed").length === 2,
        {
          withinMs: stepMsMax,
        },
      );
      // The newer one would have made the older one stale, had it been first.
      const resets = await resetsOf("daily-");
      expect(resets.map(({ file, facilityCounts }) => [file, facilityCounts])).toEqual([
        ["daily-b-20261101T110000Z.csv", { applied: 1 }],
        ["daily-a-20261101T100000Z.csv", { applied: 1 }],
      ]);
      expect(await outside.onHand("DAILY", "X")).toBe(7);
      const runs = await database.rows<Run>("select run_key from scheduled_run where run_key <> 'before this test'");
      expect(runs).toEqual([{ run_key: runKey }]);
      const jobs = (await outside.jobs("resets", "completed")).jobs.filter(({ name }) => name === shownAs(runKey));
      expect(jobs).toHaveLength(1);
    });

    test(
      "a reset whose worker is killed in the middle is driven on by another, and each facility is applied once",
      async () => {
        await startWorkers(1);
        const facilities = ["KILL-A", "KILL-B", "KILL-C"];
        await outside.runFile(
          "kill-20261101T080000Z.csv",
          snapshotCsv(facilities.map((facility) => [facility, "X", 1])),
        );
        await database.lockFacility("KILL-B");
        await outside.files.upload(
          "kill-20261101T090000Z.csv",
          snapshotCsv(facilities.map((facility) => [facility, "X", 5])),
        );
        const id = await outside.beginReset();
        await eventually(async () => {
          const states = (await outside.reset(id)).facilities.map(({ state }) => state);
          expect(states).toEqual(["applied", "reconciling", "applied"]);
          return true;
        });
        await workers[0]?.kill("SIGKILL");
        await startWorkers(1);
        await database.release();
        const seen = await eventually(
          async () => {
            const reset = await outside.reset(id);
            return reset.state === "completed" ? reset : undefined;
          },
          { withinMs: takeOverMsMax },
        );
        expect(seen.facilities.map(({ state, corrected }) => [state, corrected])).toEqual(
          facilities.map(() => ["applied", 1]),
        );
        for (const facility of facilities) {
          expect(await outside.onHand(facility, "X")).toBe(5);
          const ledger = (await (await system.board(`/api/facilities/${facility}/inventory/SKU/X/ledger`)).json()) as {
            items: { type: string; effect: number; resetId: string }[];
          };
          const ofReset = ledger.items.filter(({ resetId }) => resetId === id);
          expect(ofReset).toMatchObject([{ type: "correction", effect: 4 }]);
        }
        await eventually(async () => (await outside.files.list("incoming")).length === 0);
      },
      takeOverMsMax + stepMsMax,
    );

    test("two people who run the same file at once run one reset", async () => {
      const name = "both-20261101T120000Z.csv";
      await outside.files.upload(name, snapshotCsv([["BOTH", "X", 3]]));
      const ids = await Promise.all([1, 2, 3, 4].map(() => outside.beginReset(name)));
      expect(new Set(ids).size).toBe(1);
      await startWorkers(2);
      expect(await outside.ended(ids[0] ?? "")).toMatchObject({ state: "completed" });
      expect(await resetsOf("both-")).toHaveLength(1);
      expect(await outside.onHand("BOTH", "X")).toBe(3);
    });

    if (kind === "redis") return;

    test("a daily run that finds no file is on record, and says so", async () => {
      const { env, runKey } = await oneTimeDue(120);
      await startWorkers(1, env);
      expect(await ranFor(runKey)).toMatchObject({ outcome: "no file was waiting in incoming/" });
      const job = await eventually(async () =>
        (await outside.jobs("resets", "completed")).jobs.find(({ name }) => name === shownAs(runKey)),
      );
      expect(job.returnValue).toEqual({ run: runKey, outcome: "no file was waiting in incoming/" });
    });

    test("a file that is still growing is not taken until it has stood still, and then it is taken whole", async () => {
      await startWorkers(1, { SNAPSHOT_SETTLE_SECONDS: "1" });
      const name = "growing-20261101T120000Z.csv";
      const path = `incoming/${name}`;
      await outside.files.write(path, snapshotCsv([["GROW", "P0", 1]]));
      const id = await outside.beginReset(name);
      const seenSize = async () =>
        (await database.rows<{ size: string }>("select size from reset where id = $1", [id]))[0]?.size;
      for (let row = 1; row <= 3; row += 1) {
        await outside.files.append(path, `GROW,P${row},1\n`);
        const { length } = await outside.files.read(path);
        // It has been looked at with its new size, and still it is not taken.
        await eventually(async () => Number(await seenSize()) === length);
        expect(await outside.reset(id)).toMatchObject({ state: "staging", rows: 0 });
      }
      expect(await outside.ended(id)).toMatchObject({ state: "completed", rows: 4, rejected: 0 });
      expect(await outside.onHand("GROW", "P3")).toBe(1);
    });

    test("a reset whose file was taken away ends in words, and the file may come back under its name", async () => {
      const name = "gone-20261101T120000Z.csv";
      await outside.files.upload(name, snapshotCsv([["GONE", "X", 3]]));
      const id = await outside.beginReset(name);
      await outside.files.remove(`incoming/${name}`);
      await startWorkers(1);
      expect(await outside.ended(id)).toMatchObject({ state: "failed", facilities: [] });
      const cause = await eventually(async () =>
        (await outside.failedCauses()).find(({ error }) => error === "FILE_GONE"),
      );
      expect(cause.example.message).toContain(name);
      const again = await outside.runFile(name, snapshotCsv([["GONE", "X", 3]]));
      expect(again).toMatchObject({ state: "completed" });
      expect(again.id).not.toBe(id);
      expect(await outside.onHand("GONE", "X")).toBe(3);
    });
  },
  { atOnce: true },
);
