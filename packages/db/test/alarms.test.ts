// Alarms on record: raised once, resolved when their cause is gone, fired again; and claimed for the webhook by one worker.

import {
  claimAlarmPosts,
  countRinging,
  forgetAlarms,
  judgeAlarms,
  recordAlarmsPosted,
  settleAlarms,
} from "@inventory-sync/db";
import { type Alarm, type AlarmCause, type AlarmKind, alarmKinds } from "@inventory-sync/domain";
import { acknowledgeAlarm, acknowledging, groupAlarms, listAlarms, NotFiring } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insertReset, type OpenTestDatabase, openFresh } from "./support.ts";

const start = new Date("2026-11-23T06:00:00Z");
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openFresh();
});
beforeEach(() => database.pool.query("truncate alarm, job_retry, dismissed_job"));
afterAll(() => database.drop());

const silent = (facilityId: string, change: Partial<AlarmCause> = {}): AlarmCause => ({
  ...{ key: `facility-silent:${facilityId}`, kind: "facility-silent", since: start, facilityId },
  message: `Facility ${facilityId} is silent`,
  ...change,
});
const settle = (causes: readonly AlarmCause[], now = start, judged: readonly AlarmKind[] = ["facility-silent"]) =>
  settleAlarms(database, { judged, causes }, now);
const claim = async (now: Date, repeatMinutes = 0) =>
  (await claimAlarmPosts(database, now, repeatMinutes)).map(({ key, clearedAt }) => [key, clearedAt]);

describe("an alarm", () => {
  it("rings from when its cause is found until it is not found any more, and each change is told once", async () => {
    const raised = await settle([silent("S001"), silent("S002")]);
    expect(raised.map(({ key, clearedAt }) => [key, clearedAt])).toEqual([
      ["facility-silent:S001", null],
      ["facility-silent:S002", null],
    ]);
    expect(await settle([silent("S001"), silent("S002")], after(60))).toEqual([]);
    const cleared = await settle([silent("S002")], after(120));
    expect(cleared).toEqual([{ ...silent("S001"), clearedAt: after(120) }]);
    expect(await settle([silent("S002")], after(180))).toEqual([]);
    expect(await listAlarms(database, "firing")).toEqual([
      {
        ...{ key: "facility-silent:S002", kind: "facility-silent", message: "Facility S002 is silent" },
        ...{ since: start.toISOString(), facilityId: "S002", resetId: null, file: null, size: null },
        ...{ runbook: "docs/runbook.md#facility-silent", acknowledged: null, toldAt: null, clearedAt: null },
        ...{ size: null, outcome: null },
      },
    ]);
    expect(await countRinging(database)).toEqual(new Map([["facility-silent", 1]]));
  });

  it("fires also when its text was shortened in the middle of a character", async () => {
    const message = `Facility ${"😀".slice(0, 1)}…`;
    expect(await settle([silent("S001", { message })])).toMatchObject([{ message: "Facility \uFFFD…" }]);
  });

  it("keeps its time while its text goes along with what is the case", async () => {
    await settle([silent("S001")]);
    expect(await settle([silent("S001", { message: "still silent", since: after(60) })], after(60))).toEqual([]);
    expect(await listAlarms(database, "firing")).toMatchObject([
      { message: "still silent", since: start.toISOString() },
    ]);
  });

  it("that was cleared rings anew, with a new time", async () => {
    await settle([silent("S001")]);
    await settle([], after(60));
    const again = await settle([silent("S001", { since: after(90) })], after(100));
    expect(again).toMatchObject([{ key: "facility-silent:S001", since: after(90), clearedAt: null }]);
    expect(await listAlarms(database, "firing")).toMatchObject([{ since: after(90).toISOString() }]);
  });

  it("of failed jobs says at its end who retried and who dismissed them, and what was lost", async () => {
    const jobs = (cause: string): AlarmCause => ({
      ...{ key: `jobs-failed:events:${cause}`, kind: "jobs-failed", since: start },
      ...{ message: "90 sales", size: 90 },
    });
    const endOf = async (cause: string) => {
      await settle([jobs(cause)], start, ["jobs-failed"]);
      const [cleared] = await settle([], after(60), ["jobs-failed"]);
      const [listed] = await listAlarms(database, "resolved", 1);
      expect(listed).toMatchObject({ key: cleared?.key, outcome: cleared?.outcome, size: 90 });
      return cleared?.outcome;
    };
    expect(await endOf("X")).toBe(
      "No operator retried or dismissed them: they were sent again, or are gone from the queue.",
    );
    await database.pool.query(
      `insert into job_retry (retried_at, who, queue, cause, retried, done, failed_again)
       values ($1, 'olga', 'events', 'X', 90, 69, 21), ($2, 'ada', 'events', 'X', 7, null, null),
              ($1, 'olga', 'events', 'Y', 5, 5, 0), ($3, 'olga', 'events', 'X', 4, 4, 0)`,
      [after(1), after(2), after(-1)],
    );
    await database.pool.query(
      `insert into dismissed_job (dismissed_at, who, reason, queue, job_id, name, cause, message, failed_at, lost, payload, state)
       select $1, 'olga', 'made up', 'events', n, 'sale S1 e' || n, 'X', '', $1, case when n > 3 then 1 else 0 end, '{}',
              case when n = 16 then 'retried' else 'dismissed' end from generate_series(1, 16) n`,
      [after(3)],
    );
    expect(await endOf("X")).toBe(
      "90 retried by olga: 69 done, 21 failed again. 7 retried by ada. 15 dismissed by olga: “made up”. 12 sales are lost: " +
        `${Array.from({ length: 10 }, (_, index) => `receipt e${index + 4}, store S1`).join("; ")}; 2 more.`,
    );
    await settle([jobs("X")], after(120), ["jobs-failed"]);
    expect(await listAlarms(database, "firing")).toMatchObject([{ outcome: null }]);
    const posted = await claimAlarmPosts(database, after(600), 0);
    expect(posted.find(({ clearedAt }) => clearedAt !== null)?.outcome).toBeUndefined();
  });

  it("of a hold says at its end what was decided, by whom and why, or that a newer count came first", async () => {
    const resetId = await insertReset(database);
    const endOf = async (facilityId: string, columns: string) => {
      await database.pool.query("insert into facility (facility_id) values ($1)", [facilityId]);
      await database.pool.query(
        `insert into facility_reset (reset_id, facility_id, state, decided_by, decided_because, corrected, units_before, units_after)
         select $1, id, ${columns} from facility where facility_id = $2`,
        [resetId, facilityId],
      );
      const held = {
        ...silent(facilityId),
        key: `facility-held:${facilityId}`,
        kind: "facility-held",
        resetId,
      } as const;
      await settle([held], start, ["facility-held"]);
      return (await settle([], after(60), ["facility-held"]))[0]?.outcome;
    };
    expect(await endOf("H1", "'applied', 'olga', 'half moved', 12, 1200, 98")).toBe(
      "Approved by olga (“half moved”): 12 products corrected, 1,200 → 98 units.",
    );
    expect(await endOf("H2", "'rejected', 'olga', null, 12, 1200, 98")).toBe(
      "Rejected by olga: its stock stayed as it was.",
    );
    expect(await endOf("H3", `'rejected', 'reset ${resetId}', null, 12, 1200, 98`)).toBe(
      `Not needed any more: a newer count of the store was applied (reset ${resetId}).`,
    );
    const kept = (await listAlarms(database, "resolved")).map(({ outcome }) => outcome?.split(/ by|:/)[0]);
    expect(kept.toSorted()).toEqual(["Approved", "Not needed any more", "Rejected"]);
  });

  it("of a kind that was not judged is left alone", async () => {
    await settle([silent("S001")]);
    expect(await settle([], after(60), ["facility-held"])).toEqual([]);
    expect(await settle([silent("S002")], after(60), [])).toHaveLength(1);
    expect(await countRinging(database)).toEqual(new Map([["facility-silent", 2]]));
  });

  it("is raised by one of many workers that look at once", async () => {
    const look = async () => ({ judged: ["facility-silent"] as const, causes: [silent("S001"), silent("S002")] });
    const found = await Promise.all(Array.from({ length: 8 }, () => judgeAlarms(database, look)));
    expect(found.flatMap((changes) => changes ?? [])).toHaveLength(2);
  });

  it("is looked for by one worker at a time, and one that fails leaves things as they were", async () => {
    await settle([silent("S001")]);
    const inside = await judgeAlarms(database, async () => {
      const other = await judgeAlarms(database, async () => ({ judged: ["facility-silent"], causes: [] }));
      expect(other).toBeUndefined();
      return { judged: [], causes: [] };
    });
    expect(inside).toEqual([]);
    await expect(judgeAlarms(database, () => Promise.reject(new Error("no answer")))).rejects.toThrow("no answer");
    expect(await listAlarms(database, "firing")).toHaveLength(1);
  });

  it("is listed below worse ones and above older ones of its kind, and below all others once it is acknowledged", async () => {
    const causes = [...alarmKinds].reverse().flatMap((kind): AlarmCause[] => [
      { key: `${kind}:new`, kind, message: "it is", since: after(60) },
      { key: `${kind}:old`, kind, message: "it is", since: start },
    ]);
    await settle(causes, after(90), alarmKinds);
    const worst = alarmKinds.flatMap((kind) => [`${kind}:old`, `${kind}:new`]);
    const listed = async () => (await listAlarms(database, "firing")).map(({ key }) => key);
    expect(worst[0]).toBe("queue-replicas:old");
    expect(await listed()).toEqual(worst);
    for (const key of ["snapshot-late:new", "facility-silent:old"]) await acknowledgeAlarm(database, key, {}, "olga");
    const [late = "", silentOne = ""] = ["snapshot-late:new", "facility-silent:old"];
    const open = worst.filter((key) => key !== late && key !== silentOne);
    expect(await listed()).toEqual([...open, late, silentOne]);
    const groups = groupAlarms(await listAlarms(database, "firing"));
    expect(groups).toHaveLength(alarmKinds.length + 2);
    expect(groups.map(({ isAcknowledged, alarms }) => `${isAcknowledged} ${alarms.length}`)).toEqual([
      ...alarmKinds.map((kind) => `false ${/late|silent/.test(kind) ? 1 : 2}`),
      "true 1",
      "true 1",
    ]);
  });

  it("is forgotten when it was cleared long ago, and only then", async () => {
    await settle([silent("S001"), silent("S002"), silent("S003")], new Date(Date.now() - 200 * DAY_S * 1_000));
    await settle([silent("S002"), silent("S003")], new Date(Date.now() - 100 * DAY_S * 1_000));
    await settle([silent("S003")], new Date());
    await forgetAlarms(database, 90);
    const left = await database.prisma.alarm.findMany({ orderBy: { key: "asc" }, select: { key: true } });
    expect(left.map(({ key }) => key)).toEqual(["facility-silent:S002", "facility-silent:S003"]);
  });
});

describe("posting an alarm", () => {
  it("is one worker's, and comes again with growing delay until it is recorded", async () => {
    await settle([silent("S001")]);
    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(start)));
    expect(claims.flat()).toEqual([["facility-silent:S001", null]]);
    const delays: number[] = [];
    let last = 0;
    for (let second = 0; second < 2 * HOUR_S && delays.length < 7; second += 15) {
      if ((await claim(after(second))).length === 0) continue;
      delays.push(second - last);
      last = second;
    }
    expect(delays).toEqual([30, 60, 120, 240, 480, 900, 900]);
  });

  it("ends when it is recorded; the all-clear is posted after it", async () => {
    await settle([silent("S001")]);
    await recordAlarmsPosted(database, await claimAlarmPosts(database, start, 0), after(1));
    expect(await claim(after(DAY_S))).toEqual([]);
    await settle([], after(60));
    const cleared = await claimAlarmPosts(database, after(60), 0);
    expect(cleared).toEqual([{ ...silent("S001"), clearedAt: after(60) }]);
    await recordAlarmsPosted(database, cleared, after(61));
    expect(await claim(after(DAY_S))).toEqual([]);
    const row = await database.prisma.alarm.findFirstOrThrow();
    expect([row.postedAt, row.clearedPostedAt]).toEqual([after(1), after(61)]);
  });

  it("of an all-clear waits for a post that is under way, and that post cannot swallow it", async () => {
    await settle([silent("S001")]);
    const underWay = await claimAlarmPosts(database, start, 0);
    await settle([], after(2));
    expect(await claim(after(3))).toEqual([]);
    await recordAlarmsPosted(database, underWay, after(4));
    expect(await claim(after(30))).toEqual([["facility-silent:S001", after(2)]]);
  });

  it("of an alarm that rings anew starts anew", async () => {
    await settle([silent("S001")]);
    await recordAlarmsPosted(database, await claimAlarmPosts(database, start, 0), start);
    await settle([], after(60));
    await settle([silent("S001", { since: after(70) })], after(70));
    expect(await claim(after(70))).toEqual([["facility-silent:S001", null]]);
  });

  it("is done for one kind and one state at a time", async () => {
    const held: AlarmCause = { ...silent("S009"), key: "facility-held:S009", kind: "facility-held" };
    await settle([silent("S001"), silent("S002"), silent("S003")]);
    await recordAlarmsPosted(database, await claimAlarmPosts(database, start, 0), start);
    await settle([silent("S002"), held], after(60));
    await settle([silent("S002"), silent("S004"), held], after(61));
    const keys = async () => (await claimAlarmPosts(database, after(62), 0)).map((alarm: Alarm) => alarm.key);
    expect(await keys()).toEqual(["facility-held:S009"]);
    expect(await keys()).toEqual(["facility-silent:S001", "facility-silent:S003"]);
    expect(await keys()).toEqual(["facility-silent:S004"]);
    expect(await keys()).toEqual([]);
  });

  it("of an all-clear is given up after a day, of an alarm that rings never", async () => {
    await settle([silent("S001"), silent("S002")]);
    await settle([silent("S002")], after(60));
    expect(await claim(after(2 * DAY_S))).toEqual([["facility-silent:S002", null]]);
    expect(await claim(after(2 * DAY_S))).toEqual([]);
  });
});

describe("an alarm that rings on", () => {
  const MINUTE_S = 60;
  const tell = async (seconds: number, repeatMinutes = 60) => {
    const told: string[] = [];
    for (;;) {
      const claimed = await claimAlarmPosts(database, after(seconds), repeatMinutes);
      if (claimed.length === 0) return told;
      told.push(...claimed.map(({ key, isRepeat }) => `${key.split(":")[1]}${isRepeat ? " again" : ""}`));
      await recordAlarmsPosted(database, claimed, after(seconds));
    }
  };
  const failed = (size: number): AlarmCause => ({
    ...{ key: "jobs-failed:events:X", kind: "jobs-failed", since: start, message: `${size} jobs failed`, size },
  });
  const take = (key: string, since?: Date): Promise<string> =>
    acknowledgeAlarm(database, key, { note: "called the store", since: since?.toISOString() }, "olga").then(
      acknowledging.outcome,
      (error: unknown) => (error instanceof NotFiring ? error.why : Promise.reject(error)),
    );

  it("is told again after the time set, with those of its kind that are half due, by one worker only", async () => {
    await settle([silent("S001")]);
    expect(await tell(0)).toEqual(["S001"]);
    await settle([silent("S001"), silent("S002")], after(20 * MINUTE_S));
    expect(await tell(20 * MINUTE_S)).toEqual(["S002"]);
    await settle([silent("S001"), silent("S002"), silent("S003")], after(50 * MINUTE_S));
    expect(await tell(50 * MINUTE_S)).toEqual(["S003"]);
    expect(await tell(60 * MINUTE_S - 1)).toEqual([]);
    expect(await tell(60 * MINUTE_S, 0)).toEqual([]);
    const turns = await Promise.all([1, 2, 3, 4].map(() => tell(60 * MINUTE_S)));
    expect(turns.flat().sort()).toEqual(["S001 again", "S002 again"]);
    expect((await tell(120 * MINUTE_S)).sort()).toEqual(["S001 again", "S002 again", "S003 again"]);
  });

  it("is told no more once it is acknowledged, fires on, and that it is resolved is told", async () => {
    await settle([silent("S001"), silent("S002")]);
    await tell(0);
    expect(await take("facility-silent:S001", start)).toBe("acknowledged: called the store");
    expect(await tell(60 * MINUTE_S)).toEqual(["S002 again"]);
    const [other, mine] = await listAlarms(database, "firing");
    expect(mine?.acknowledged).toEqual({ by: "olga", note: "called the store", at: expect.stringMatching(/Z$/) });
    expect([mine?.toldAt, other?.acknowledged]).toEqual([start.toISOString(), null]);
    await settle([], after(61 * MINUTE_S));
    expect((await tell(62 * MINUTE_S)).sort()).toEqual(["S001", "S002"]);
    const over = await listAlarms(database, "resolved", 10);
    expect(over.map(({ key, acknowledged }) => [key, acknowledged?.by])).toEqual([
      ["facility-silent:S001", "olga"],
      ["facility-silent:S002", undefined],
    ]);
  });

  it("and was acknowledged before it was told is not told, unless it is resolved", async () => {
    await settle([silent("S001"), silent("S002")]);
    await take("facility-silent:S001");
    expect(await tell(0)).toEqual(["S002"]);
  });

  it("has outgrown its acknowledgement when it is about twice as much", async () => {
    await settle([failed(100)], start, ["jobs-failed"]);
    await tell(0);
    await take("jobs-failed:events:X");
    await settle([failed(199)], after(MINUTE_S), ["jobs-failed"]);
    expect(await listAlarms(database, "firing")).toMatchObject([
      { message: "199 jobs failed", acknowledged: { by: "olga" } },
    ]);
    expect(await tell(2 * MINUTE_S)).toEqual([]);
    await settle([failed(200)], after(3 * MINUTE_S), ["jobs-failed"]);
    expect(await listAlarms(database, "firing")).toMatchObject([{ message: "200 jobs failed", acknowledged: null }]);
    expect(await tell(3 * MINUTE_S)).toEqual(["events again"]);
  });

  it("cannot be acknowledged when it is resolved, is another than the one seen, or never was", async () => {
    await settle([silent("S001")]);
    await take("facility-silent:S001");
    await settle([], after(60));
    expect(await take("facility-silent:S001")).toBe("resolved");
    await settle([silent("S001", { since: after(90) })], after(100));
    expect(await take("facility-silent:S001", start)).toBe("fired again");
    expect(await take("facility-silent:S404")).toBe("unknown");
    expect(await listAlarms(database, "firing")).toMatchObject([{ acknowledged: null }]);
  });
});
