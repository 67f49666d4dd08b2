// What the database says should ring: deadlines, facilities that a file leaves out or that fell silent, resets that went wrong.
import {
  deadlineKept,
  failedResets,
  heldFacilities,
  missingFacilities,
  settleAlarms,
  silentFacilities,
} from "@inventory-sync/db";
import { readMornings } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { apply, insertFacilityReset, insertReset, type OpenTestDatabase, openFresh, sale } from "./support.ts";

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openFresh();
});
beforeEach(() => database.pool.query("truncate alarm, facility_reset, reset, movement, level cascade"));
afterAll(() => database.drop());

interface ResetGiven {
  readonly at: string;
  readonly facilities: Readonly<Record<string, string>>;
  readonly state?: string;
  readonly file?: string;
  readonly requestedBy?: string;
  readonly preview?: boolean;
  readonly outcome?: string;
  readonly open?: boolean;
}

/** A reset on record that began at `at`, with the states of its facilities. */
async function reset(given: ResetGiven): Promise<string> {
  const { at, facilities, state = "completed", file = "stock.csv", preview = false, open = false } = given;
  const id = await insertReset(database, { file, state, preview, createdAt: at, finishedAt: open ? null : at });
  await database.pool.query("update reset set requested_by = $2, outcome = $3 where id = $1", [
    id,
    given.requestedBy ?? "ann",
    given.outcome ?? null,
  ]);
  for (const [facilityId, facilityState] of Object.entries(facilities)) {
    await database.pool.query("insert into facility (facility_id) values ($1) on conflict do nothing", [facilityId]);
    await insertFacilityReset(database, { resetId: id, facilityId, state: facilityState });
  }
  return id;
}

const now = new Date("2026-11-23T06:30:00Z");

describe("a deadline", () => {
  const passed = { deadline: new Date("2026-11-23T06:00:00Z"), opens: new Date("2026-11-22T18:00:00Z") };
  const kept = () => deadlineKept(database, passed);

  it("was kept by a reset of its own half day that one facility took, even late", async () => {
    await reset({ at: "2026-11-22T23:00:00Z", facilities: { S001: "applied", S002: "held" }, file: "new.csv" });
    expect(await kept()).toEqual({
      ...{ inUse: true, accepted: true },
      lastAccepted: { file: "new.csv", at: new Date("2026-11-22T23:00:00Z") },
    });
  });

  it("was not kept by the file of the day before that came late, or by what changed nothing", async () => {
    await reset({ at: "2026-11-22T10:00:00Z", facilities: { S001: "applied" }, file: "late.csv" });
    await reset({ at: "2026-11-23T04:00:00Z", facilities: { S001: "held" }, state: "completed-with-holds" });
    await reset({ at: "2026-11-23T04:10:00Z", facilities: { S001: "applied" }, preview: true });
    await reset({ at: "2026-11-23T04:20:00Z", facilities: {}, outcome: "duplicate of late.csv" });
    expect(await kept()).toMatchObject({ inUse: true, accepted: false, lastAccepted: { file: "late.csv" } });
  });

  it("is none for a system that was not in use before it", async () => {
    expect(await kept()).toEqual({ inUse: false, accepted: false, lastAccepted: undefined });
    await reset({ at: "2026-11-23T06:10:00Z", facilities: {}, state: "failed" });
    expect((await kept()).inUse).toBe(false);
  });
});

describe("the last mornings", () => {
  const deadlines = { times: ["06:00"], timeZone: "UTC" };
  const mornings = (at: string) => readMornings(database, deadlines, new Date(at));

  it("are told with what became of each, by the stores' newest resets, and the files that were refused", async () => {
    const outcome = "EMPTY_FILE: it is empty";
    await reset({ at: "2026-11-18T04:00:00Z", facilities: { S001: "applied", S002: "applied" } });
    await reset({ at: "2026-11-19T07:00:00Z", facilities: { S001: "applied" } });
    await reset({ at: "2026-11-20T04:00:00Z", facilities: { S001: "held" }, state: "completed-with-holds" });
    await reset({ at: "2026-11-21T04:00:00Z", facilities: {}, state: "failed", outcome });
    await reset({ at: "2026-11-22T04:00:00Z", facilities: { S001: "applied" }, preview: true, state: "preview" });
    await reset({ at: "2026-11-22T20:00:00Z", facilities: { S001: "held", S002: "applied" } });
    await reset({ at: "2026-11-23T04:00:00Z", facilities: { S001: "applied", S003: "rejected" } });
    const id = await reset({ at: "2026-11-23T05:00:00Z", facilities: {}, state: "failed", file: "cut.csv", outcome });
    await database.pool.query(
      "update facility_reset f set finished_at = r.created_at from reset r where r.id = f.reset_id",
    );
    const seen = await mornings("2026-11-23T08:00:00Z");
    expect(seen.map(({ state }) => state)).toEqual(["none", "applied", "late", "held", "refused", "none", "applied"]);
    expect(seen.at(-1)).toMatchObject({
      ...{ deadline: "2026-11-23T06:00:00.000Z", stores: { applied: 2, rejected: 1 } },
      ...{ appliedAt: "2026-11-23T04:00:00.000Z", running: null, inUse: true },
      refused: [{ resetId: id, file: "cut.csv", outcome }],
    });
    expect(seen[0]).toMatchObject({ stores: {}, appliedAt: null, resetId: null, refused: [], inUse: false });
  });

  it("end with today's, in the evening too, until a reset of tomorrow's has begun", async () => {
    const last = async () => (await mornings("2026-11-23T20:00:00Z")).at(-1)?.deadline;
    await reset({ at: "2026-11-23T04:00:00Z", facilities: { S001: "applied" } });
    expect(await last()).toBe("2026-11-23T06:00:00.000Z");
    await reset({ at: "2026-11-23T19:00:00Z", facilities: {}, open: true, state: "staging" });
    expect(await last()).toBe("2026-11-24T06:00:00.000Z");
    expect((await mornings("2026-11-23T20:00:00Z")).at(-1)?.running).toEqual({ file: "stock.csv", state: "staging" });
  });
});

describe("a facility is missing", () => {
  const missing = async () => (await missingFacilities(database, now)).map(({ facilityId }) => facilityId);
  const both = { S001: "applied", S002: "applied" };

  it("when the newest count leaves it out, until one lists it again", async () => {
    await reset({ at: "2026-11-20T04:00:00Z", facilities: both, file: "old.csv" });
    expect(await missing()).toEqual([]);
    const id = await reset({ at: "2026-11-21T04:00:00Z", facilities: { S001: "applied" }, file: "new.csv" });
    expect(await missingFacilities(database, now)).toEqual([
      {
        ...{ facilityId: "S002", since: new Date("2026-11-21T04:00:00Z"), resetId: id, file: "new.csv" },
        last: { file: "old.csv", at: new Date("2026-11-20T04:00:00Z") },
      },
    ]);
    await reset({ at: "2026-11-22T04:00:00Z", facilities: { S001: "applied" } });
    expect(await missing()).toEqual(["S002"]);
    await reset({ at: "2026-11-23T04:00:00Z", facilities: { ...both, S002: "held" } });
    expect(await missing()).toEqual([]);
  });

  it("no longer when it has been so for 14 days: it has closed", async () => {
    await reset({ at: "2026-11-09T04:00:00Z", facilities: both });
    await reset({ at: "2026-11-10T04:00:00Z", facilities: { S001: "applied" } });
    expect(await missing()).toEqual([]);
  });

  it("not when another file of the same daily run lists it, and not before that run has ended", async () => {
    const [yesterday, today] = ["schedule 2026-11-22T04:00[UTC]", "schedule 2026-11-23T04:00[UTC]"];
    await reset({ at: "2026-11-22T04:00:00Z", facilities: { S001: "applied" }, requestedBy: yesterday });
    await reset({ at: "2026-11-22T04:00:01Z", facilities: { S002: "applied" }, requestedBy: yesterday });
    expect(await missing()).toEqual([]);
    await reset({ at: "2026-11-23T04:00:00Z", facilities: { S001: "applied" }, requestedBy: today });
    const open = { at: "2026-11-23T04:00:01Z", facilities: {}, requestedBy: today, state: "staging", open: true };
    const id = await reset(open);
    expect(await missing()).toEqual([]);
    await database.pool.query("update reset set finished_at = created_at, state = 'failed' where id = $1", [id]);
    expect(await missing()).toEqual(["S002"]);
  });

  it("not because somebody mended the counts of one store among many by hand", async () => {
    const all = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`S${100 + index}`, "applied"]));
    await reset({ at: "2026-11-23T04:00:00Z", facilities: all });
    await reset({ at: "2026-11-23T05:00:00Z", facilities: { S100: "applied" } });
    expect(await missing()).toEqual([]);
    await reset({ at: "2026-11-23T06:00:00Z", facilities: { S100: "applied" }, requestedBy: "schedule x" });
    expect(await missing()).toHaveLength(19);
  });
});

describe("a facility is silent", () => {
  // A Monday at noon; with 240 minutes the stretch of the day is 08:00 to 12:00.
  const noon = "2026-11-23T12:00:00Z";
  const silent = async (time = noon) =>
    (await silentFacilities(database, { now: new Date(time), minutes: 240 })).map(({ facilityId, since }) => [
      facilityId,
      since.toISOString(),
    ]);
  /** Sales at these hours on the days before, 1 to 7 days back. */
  async function sold(days: readonly number[], times: readonly string[]): Promise<void> {
    for (const day of days) {
      const date = `2026-11-${23 - day}`;
      for (const time of times) await apply(database, sale(`${date}-${time}`, "S001", "A", 1, `${date}T${time}:00Z`));
    }
  }
  const week = [1, 2, 3, 4, 5, 6, 7];
  const shopHours = ["08:30", "09:30", "10:30", "11:30", "19:30"];

  it("when nothing came in hours at which it sells, since its last event, and until the next one", async () => {
    await sold(week, shopHours);
    expect(await silent()).toEqual([["S001", "2026-11-22T19:30:00.000Z"]]);
    await apply(database, sale("today", "S001", "A", 1, "2026-11-23T09:00:00Z"));
    expect(await silent()).toEqual([]);
    expect(await silent("2026-11-23T12:59:00Z")).toEqual([]);
    expect(await silent("2026-11-23T13:01:00Z")).toEqual([["S001", "2026-11-23T09:00:00.000Z"]]);
  });

  it("not before it opens, not right after, and not at night", async () => {
    await sold(week, shopHours);
    for (const hour of ["03:00", "08:31", "09:00", "10:00", "23:00"])
      expect(await silent(`2026-11-23T${hour}:00Z`), hour).toEqual([]);
  });

  it("not on the day of the week on which it is shut, nor when it sells on few days only", async () => {
    await sold([1, 2, 3, 4, 5, 6], shopHours);
    expect(await silent()).toEqual([]);
    await database.pool.query("truncate movement");
    await sold([7, 2, 1], shopHours);
    expect(await silent()).toEqual([]);
    await sold([5], shopHours);
    expect(await silent()).toHaveLength(1);
  });

  it("though corrections and shipments go on: they do not come from its POS", async () => {
    await sold(week, shopHours);
    await apply(database, { ...sale("online", "S001", "A", 1, "2026-11-23T11:00:00Z"), type: "shipment" });
    expect(await silent()).toHaveLength(1);
  });

  it("through the night once it rings, and no longer than a week", async () => {
    await sold(week, shopHours);
    const since = new Date("2026-11-22T19:30:00Z");
    const cause = {
      key: "facility-silent:S001",
      kind: "facility-silent",
      message: "",
      since,
      facilityId: "S001",
    } as const;
    await settleAlarms(database, { judged: [], causes: [cause] }, new Date(noon));
    expect(await silent("2026-11-24T03:00:00Z")).toEqual([["S001", since.toISOString()]]);
    expect(await silent("2026-11-29T20:00:00Z")).toEqual([]);
    await apply(database, sale("next", "S001", "A", 1, "2026-11-24T02:00:00Z"));
    expect(await silent("2026-11-24T03:00:00Z")).toEqual([]);
  });
});

describe("a reset that did not end well", () => {
  const failed = async () => (await failedResets(database, now)).map(({ resetId }) => resetId);

  it("is on record with its reason, until a later one is accepted", async () => {
    const outcome = "EMPTY_FILE: stock.csv is empty";
    const id = await reset({ at: "2026-11-23T04:00:00Z", facilities: {}, state: "failed", outcome });
    expect(await failedResets(database, now)).toEqual([
      {
        ...{ resetId: id, file: "stock.csv", failedAt: new Date("2026-11-23T04:00:00Z"), outcome, archivedTo: null },
        ...{ facilities: 0, facilitiesFailed: 0, firstFailed: null, run: null, isRunOpen: false },
      },
    ]);
    await reset({ at: "2026-11-23T05:00:00Z", facilities: { S001: "held" }, state: "completed-with-holds" });
    await reset({ at: "2026-11-23T05:05:00Z", facilities: { S001: "pending" }, state: "preview", preview: true });
    expect(await failed()).toEqual([id]);
    await reset({ at: "2026-11-23T06:00:00Z", facilities: { S001: "applied" } });
    expect(await failed()).toEqual([]);
  });

  it("is not made good by another file of the same daily run, nor is a refused preview anybody's worry", async () => {
    const run = { requestedBy: "schedule 2026-11-23T04:00[UTC]" };
    const id = await reset({ at: "2026-11-23T04:00:00Z", facilities: {}, state: "failed", outcome: "no", ...run });
    await reset({ at: "2026-11-23T04:00:01Z", facilities: { S001: "applied" }, ...run });
    await reset({ at: "2026-11-23T04:10:00Z", facilities: {}, state: "failed", outcome: "no", preview: true });
    expect(await failed()).toEqual([id]);
  });

  it("is one of which some facilities failed, too; after a week it is history", async () => {
    const facilities = { S001: "failed", S002: "applied", S003: "failed" };
    await reset({ at: "2026-11-10T04:00:00Z", facilities, state: "completed-with-holds" });
    const id = await reset({ at: "2026-11-23T04:00:00Z", facilities, state: "completed-with-holds" });
    await database.pool.query("update facility_reset set error = 'no row could be used' where state = 'failed'");
    expect(await failedResets(database, now)).toMatchObject([
      {
        resetId: id,
        facilities: 3,
        facilitiesFailed: 2,
        firstFailed: { facilityId: "S001", error: "no row could be used" },
      },
    ]);
  });

  it("leaves held facilities to be decided, while others of it are still at work as well", async () => {
    const id = await reset({
      at: "2026-11-23T04:00:00Z",
      facilities: { S001: "held", S002: "pending" },
      state: "reconciling",
    });
    await database.pool.query("update facility_reset set held_because = 'half a file' where state = 'held'");
    expect(await heldFacilities(database)).toMatchObject([
      { facilityId: "S001", resetId: id, file: "stock.csv", because: "half a file" },
    ]);
    await database.pool.query("update facility_reset set state = 'rejected'");
    expect(await heldFacilities(database)).toEqual([]);
  });
});
