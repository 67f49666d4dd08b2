// Alarms as somebody on call reads them: texts complete in themselves, deadlines that mean the right day, a runbook for each.
import { readFileSync } from "node:fs";
import {
  type Alarm,
  type AlarmCause,
  type AlarmKind,
  alarmKinds,
  alarmNotice,
  alarmsTitle,
  alarmTitle,
  type ChannelWatched,
  channelAlarms,
  channelsFileAlarm,
  clientRefused,
  clockWrong,
  facilityHeld,
  facilityMissing,
  facilitySilent,
  fileNotPutAway,
  fileRefused,
  jobCause,
  jobCauses,
  jobsFailed,
  type NamePair,
  namesApart,
  passedDeadline,
  poisonJob,
  queueReplicas,
  readReplica,
  resetFailed,
  runbookOf,
  snapshotLate,
} from "@inventory-sync/domain";
import { describe, expect, it } from "vitest";

const zone = "America/New_York";
const at = new Date("2026-11-23T11:00:00Z");
const telling = { timeZone: zone, now: new Date("2026-11-23T13:00:00Z") };
const resetId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
const reason = "The count is applied, but stock.csv could not be put away.";
const [notPutAway] = fileNotPutAway([{ file: "stock.csv", resetId, reason, since: at }], zone) as [AlarmCause];
const failed = {
  ...{ resetId, file: "stock.csv", failedAt: at, outcome: null, archivedTo: null },
  ...{ facilities: 3, facilitiesFailed: 2, firstFailed: { facilityId: "S001", error: "no row of it could be used" } },
};
const jobs = {
  ...{ queue: "events", cause: "UNKNOWN_PRODUCT", count: 37, isAll: true },
  ...{ firstAt: at.toISOString(), lastAt: at.toISOString() },
  ...{ exampleId: "e-1", exampleName: "sale S001 e1", exampleMessage: "UNKNOWN_PRODUCT: there is no SKU X" },
};
const pair: NamePair = {
  ...{ kind: "facility", form: "apart", likeness: "zeros", a: { facilityId: "1" }, b: { facilityId: "001" } },
  ...{
    unitsOfA: 34,
    since: at.toISOString(),
    unitsOfB: 410,
    countedAt: at.toISOString(),
    facilityId: null,
    facilities: 1,
  },
};
const quiet: ChannelWatched = {
  ...{ name: "shop", failingSince: null, disabledAt: null, lastError: null, pausedAt: null, pausedBy: null },
  ...{ pending: 0, pendingSince: null, problems: 0, problemsSince: null, mapError: null, mapFailingSince: null },
  ...{ compared: 0, drifted: 0, driftSince: null, closedReason: null, closedSince: null },
  ...{ otherVersion: null, otherVersionSince: null },
};
const later = new Date(at.getTime() + 20 * 60_000);
const ofChannel = (change: Partial<ChannelWatched>) =>
  channelAlarms({ ...quiet, ...change }, { now: later, timeZone: zone, behindMinutes: 10 });
const behind = { pending: 5, pendingSince: at };
const only = ([cause]: ReturnType<typeof ofChannel>) => cause ?? jobsFailed(jobs, zone);
const causes = {
  "channel-failing": only(ofChannel({ ...behind, failingSince: at, lastError: "the target answered 500" })),
  "channel-behind": only(ofChannel({ ...behind, pausedAt: at, pausedBy: "ada" })),
  "channel-drift": only(ofChannel({ compared: 1_000, drifted: 12, driftSince: at })),
  "channel-problems": only(ofChannel({ problems: 3, problemsSince: at })),
  "channel-version": only(ofChannel({ otherVersion: "It answers by version 2026-10.", otherVersionSince: at })),
  "channels-file": channelsFileAlarm({ fault: "channels.json is not JSON", since: at }, { timeZone: zone }),
  "names-apart": namesApart({ kind: "facility", pairs: [pair], count: 1, since: at }, zone),
  "snapshot-late": snapshotLate({ deadline: at, lastAccepted: { file: "old.csv", at } }, zone),
  "facility-missing": facilityMissing(
    { facilityId: "S001", since: at, resetId, file: "stock.csv", last: { file: "old.csv", at } },
    zone,
  ),
  "facility-silent": facilitySilent({ facilityId: "S001", since: at, minutes: 240 }, zone),
  "clock-wrong": clockWrong(
    {
      ...{
        facilityId: "S001",
        events: 10,
        absorbed: 9,
        ...{ lateEvents: 10, zoneEvents: 10, zoneSlots: 2, zoneHalfHours: 12 },
        lagMinMs: 21_600_000,
        lagMaxMs: 21_604_000,
        since: at,
        lastAt: at,
      },
      ...{ offsetMinutes: 0, allEvents: 10, allAbsorbed: 9, allMinutes: 20 },
    },
    "zone",
    zone,
  ),
  "client-refused": clientRefused(
    {
      ...{
        client: "till",
        refused: 12,
        accepted: 36,
        late: 3,
        bad: 0,
        since: at,
        minutes: 10,
        code: "invalid",
        keyId: null,
      },
      ...{ detail: "The body has 1 fault", address: "10.0.0.5" },
    },
    zone,
  ),
  "facility-held": facilityHeld(
    { facilityId: "S001", resetId, file: "stock.csv", since: at, because: "stock would fall by 90 %" },
    zone,
  ),
  "file-refused": fileRefused({ ...failed, outcome: "EMPTY_FILE: stock.csv is empty" }, zone),
  "reset-failed": resetFailed(failed, zone),
  "file-not-put-away": notPutAway,
  "queue-replicas": queueReplicas({ have: 0, wanted: 1, since: at }, zone),
  "jobs-failed": jobsFailed(jobs, zone),
  "read-replica": readReplica({ state: "behind", ageMsMax: 5_000, since: at }, zone),
  "poison-job": poisonJob(jobs, zone),
};
const firing = (cause: (typeof causes)["jobs-failed"]): Alarm => ({ ...cause, clearedAt: null });

describe("the text of an alarm", () => {
  it.each(alarmKinds)("%s says since when, with the zone, and is of its kind", (kind) => {
    const cause = causes[kind];
    expect(cause.kind).toBe(kind);
    expect(cause.key.split(":")[0]).toBe(kind);
    expect(cause.message).toContain("2026-11-23T06:00:00-05:00");
    expect(cause.message).not.toMatch(/undefined|null|\.\./);
  });

  it("says of a late count that its file waits and has only to be run, where it does", () => {
    const waiting = { file: "stock.csv", at: new Date("2026-11-23T09:10:00Z") };
    expect(snapshotLate({ deadline: at, lastAccepted: undefined, waiting }, zone)).toMatchObject({
      file: "stock.csv",
      message: expect.stringMatching(
        /^stock\.csv waits in incoming\/ since 2026-11-23T04:10:00-05:00, .*\. Run it now, /,
      ),
    });
  });

  it("says of a late count what lies there and is none by its name", () => {
    const late = { deadline: at, lastAccepted: undefined, source: "north" };
    expect(snapshotLate({ ...late, others: ["stock.zip", "stock.csv.part"] }, zone)).toMatchObject({
      file: "stock.zip",
      message: expect.stringMatching(/lies stock\.zip and 1 other: by its name it is no count.* run --source north /),
    });
  });

  it("of a channel is none while it is well, one when it fails and is behind for that, and one more for what is set aside", () => {
    expect(ofChannel({})).toEqual([]);
    expect(ofChannel({ ...behind, pendingSince: new Date(later.getTime() - 60_000) })).toEqual([]);
    expect(ofChannel({ ...behind, failingSince: at, problems: 2, problemsSince: at }).map(({ kind }) => kind)).toEqual([
      "channel-failing",
      "channel-problems",
    ]);
    expect(only(ofChannel({ disabledAt: at })).message).toContain("wants no more");
    const closed = ofChannel({
      ...behind,
      failingSince: at,
      closedReason: "SHOP_SECRET is not set",
      closedSince: later,
    });
    expect(closed.map(({ kind }) => kind)).toEqual(["channel-failing"]);
    expect(only(closed).message).toContain("it cannot be opened. SHOP_SECRET is not set. 5 levels wait");
    expect(only(ofChannel({ mapError: "it breaks off", mapFailingSince: at })).message).toContain("It breaks off.");
    for (const [compared, drifted] of [
      [10_000, 99],
      [20, 9],
    ] as const)
      expect(ofChannel({ compared, drifted, driftSince: at })).toEqual([]);
    expect(causes["channel-behind"].message).toContain("paused by ada");
  });

  it("says what failed, how much of it, and what to run", () => {
    expect(causes["jobs-failed"].message).toBe(
      "37 sales could not be booked: the product is not in the catalogue (first 2026-11-23T06:00:00-05:00). Example: receipt e1, " +
        "store S001. Nothing is lost. Import the products (`npm run ops -- catalogue import FILE.csv`), then retry. " +
        "(`npm run ops -- jobs retry --error UNKNOWN_PRODUCT`)",
    );
    expect(jobsFailed({ ...jobs, isAll: false }, zone).message).toMatch(/^At least 37 sales could not be booked: /);
    const other = { ...jobs, cause: "SQL_40P01", exampleName: "12 events S001", exampleMessage: "SQL_40P01: deadlock" };
    expect(jobsFailed(other, zone).message).toMatch(
      /^37 sales could not be booked \(first .*\)\. Example: “12 events S001”: SQL_40P01: deadlock\. Nothing is lost\. Fix the cause, then retry\./,
    );
    const reused = jobsFailed({ ...jobs, cause: "EVENT_ID_REUSED" }, zone).message;
    expect(reused).toContain("`npm run ops -- jobs dismiss --error EVENT_ID_REUSED --reason TEXT`");
    expect(reused).not.toMatch(/jobs retry|then retry/);
    expect(causes["reset-failed"].message).toContain("2 of its 3 stores could not be reset");
    expect(causes["file-refused"].message).toContain("EMPTY_FILE: stock.csv is empty. It is in rejected/");
    expect(causes["facility-held"].message).toContain("stock would fall by 90 %");
  });

  it("says of a refused client how much, why and from where, and of a key that no client has which", () => {
    expect(causes["client-refused"].message).toContain(
      "Ingest refused 12 of 48 (25 %) requests of the client till in the last 10 minutes",
    );
    expect(causes["client-refused"].message).toContain("code invalid, the newest from 10.0.0.5: The body has 1 fault.");
    const unknown = {
      client: "",
      refused: 12,
      accepted: 0,
      late: 0,
      bad: 0,
      since: at,
      minutes: 10,
      code: "unauthorized",
      detail: "no",
    };
    const { key, message } = clientRefused({ ...unknown, keyId: "0a1b2c3d", address: null }, zone);
    expect([key, message]).toEqual(["client-refused", expect.stringContaining("begins with 0a1b2c3d): No.")]);
  });

  it("cuts an endless failure short", () => {
    expect(
      jobsFailed({ ...jobs, cause: "OTHER", exampleMessage: "x".repeat(10_000) }, zone).message.length,
    ).toBeLessThan(800);
  });
});

describe("the title of an alarm", () => {
  const titled = (change: object) => ({
    key: "",
    kind: alarmKinds[0],
    facilityId: null,
    file: null,
    size: null,
    ...change,
  });

  it.each(alarmKinds)("%s is a line in words, of one and of many", (kind) => {
    const { key, facilityId = null, file = null, size = null } = causes[kind];
    for (const title of [alarmTitle({ kind, key, facilityId, file, size }), alarmsTitle(kind, 35)])
      expect(title).toMatch(/^(?:[A-Z]|35 )[^:]+(?:: .+)?$/);
  });

  it("says what failed and how much of it, and how many stand behind one line", () => {
    const title = (key: string) => alarmTitle(titled({ kind: "jobs-failed", key, size: 1_234 }));
    expect(title("jobs-failed:events:UNKNOWN_PRODUCT")).toBe("Sales with unknown products (1,234)");
    expect(title("jobs-failed:resets:UNKNOWN_PRODUCT")).toBe("Resets that failed: UNKNOWN_PRODUCT (1,234)");
    expect(alarmsTitle("jobs-failed", 4)).toBe("Failed jobs: 4 causes");
    expect(alarmsTitle("facility-missing", 35)).toBe("35 stores are missing");
  });

  it("of a kind that only a newer worker knows is its key", () => {
    const kind = "of-tomorrow" as AlarmKind;
    expect(alarmTitle(titled({ kind, key: "of-tomorrow:x" }))).toBe("of-tomorrow:x");
    expect(alarmsTitle(kind, 2)).toBe("2 alarms of-tomorrow");
  });
});

describe("a notice to the webhook", () => {
  it("is complete as a text and as fields, without those that it has nothing for", () => {
    const notice = alarmNotice([firing(causes["facility-held"])], telling);
    expect(notice).toEqual({
      text: `Alarm facility-held: ${causes["facility-held"].message.replace("2026-11-23T06:00:00-05:00", "06:00 EST")} (docs/runbook.md#facility-held)`,
      ...{ kind: "facility-held", key: `facility-held:S001:${resetId}`, state: "ringing" },
      ...{ since: "2026-11-23T11:00:00.000Z", facilityId: "S001", resetId, file: "stock.csv" },
      runbook: "docs/runbook.md#facility-held",
    });
    expect(alarmNotice([firing(causes["jobs-failed"])], telling)).not.toHaveProperty("facilityId");
  });

  it("shows a file's name in the text as it is spelt, where a chat would have called everybody or made a link of it", () => {
    const file = "<!channel> <evil.example|click>&\u202e.csv";
    const refused = firing(fileRefused({ ...failed, file, outcome: "EMPTY_FILE: it is empty" }, zone));
    const shown = "&lt;!channel&gt; &lt;evil.example|click&gt;&amp;\\u{202e}.csv was refused";
    const single = alarmNotice([refused], telling);
    const many = alarmNotice([refused, refused], telling);
    for (const { text } of [single, many]) {
      expect(text).toContain(shown);
      expect(text).not.toMatch(/[<>\u202e]/);
    }
    expect(single).toMatchObject({ file, key: `file-refused:${resetId}` });
  });

  it("that it is resolved says from when to when it fired, and what it was", () => {
    const clearedAt = new Date("2026-11-23T12:30:00Z");
    const notice = alarmNotice([{ ...causes["snapshot-late"], clearedAt }], telling);
    expect(notice.state).toBe("cleared");
    expect(notice.text).toContain(
      "was active from 06:00 EST to 07:30 EST. It was: No count was accepted by the deadline 06:00 EST",
    );
    const later = alarmNotice([{ ...causes["snapshot-late"], clearedAt }], {
      ...telling,
      now: new Date("2027-01-02T12:00:00Z"),
    });
    expect(later.text).toContain("was active from 23 Nov 2026 06:00 EST to 23 Nov 2026 07:30 EST");
  });

  it("that failed jobs are resolved says what became of them, and not what they were", () => {
    const clearedAt = new Date("2026-11-23T12:30:00Z");
    const outcome = "45 dismissed by olga: “set back”.";
    const over: Alarm = { ...causes["jobs-failed"], clearedAt, outcome };
    const notice = alarmNotice([over], telling);
    expect(notice).toMatchObject({ state: "cleared", outcome });
    expect(notice.text).toMatch(
      /^Resolved jobs-failed:events:UNKNOWN_PRODUCT: 45 dismissed by olga: “set back”\. \(It was active from /,
    );
    expect(alarmNotice([over, over], telling).alarms).toMatchObject([{ outcome }, { outcome }]);
  });

  it("leaves commands as they are to be copied", () => {
    const message = "Since 2026-11-23T06:00:00-05:00: run `stock --at 2026-11-23T11:00:00Z`";
    expect(alarmNotice([{ ...firing(causes["facility-silent"]), message }], telling).text).toContain(
      "Since 06:00 EST: run `stock --at 2026-11-23T11:00:00Z`",
    );
  });

  it("that is repeated says so, and has links where it is known where the board is", () => {
    const alarm: Alarm = { ...firing(causes["facility-silent"]), isRepeat: true };
    const notice = alarmNotice([alarm], { ...telling, boardUrl: "https://stock.example/" });
    expect(notice).toMatchObject({
      ...{ state: "ringing", repeat: true, runbook: "https://stock.example/runbook#facility-silent" },
      board: "https://stock.example/alarms#facility-silent%3AS001",
    });
    expect(notice.text).toMatch(
      /^Still active facility-silent: .*\(https:\/\/stock\.example\/runbook#facility-silent\)$/,
    );
    expect(alarmNotice([alarm, alarm], telling).text).toMatch(
      /^2 alarms facility-silent are still active, the earliest/,
    );
  });

  it("of many alarms at once names the first ten and carries all", () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      firing(facilitySilent({ facilityId: `S${index}`, since: new Date(at.getTime() - index), minutes: 240 }, zone)),
    ) as [Alarm, ...Alarm[]];
    const notice = alarmNotice(many, telling);
    expect(notice.text).toMatch(/^12 alarms facility-silent at once.*S0, S1, .*S9 and 2 more\. The first: Store S0/);
    expect(notice).toMatchObject({ key: "facility-silent", state: "ringing", since: many[11]?.since.toISOString() });
    expect(notice.alarms?.[11]).toEqual({
      key: "facility-silent:S11",
      since: many[11]?.since.toISOString(),
      facilityId: "S11",
    });
  });
});

describe("the deadline of a snapshot", () => {
  const deadlines = { times: ["06:00"], timeZone: zone };
  const passed = (now: string) => passedDeadline(deadlines, new Date(now));

  it("is the newest one passed; a reset counts for it from half a day before on", () => {
    expect(passed("2026-11-23T11:00:00Z")).toEqual({
      deadline: new Date("2026-11-23T11:00:00Z"),
      opens: new Date("2026-11-22T23:00:00Z"),
    });
    expect(passed("2026-11-23T10:59:59Z")?.deadline).toEqual(new Date("2026-11-22T11:00:00Z"));
  });

  it("keeps its local time when the clocks change", () => {
    expect(passed("2026-11-01T12:00:00Z")?.deadline).toEqual(new Date("2026-11-01T11:00:00Z"));
    expect(passed("2026-10-31T12:00:00Z")?.deadline).toEqual(new Date("2026-10-31T10:00:00Z"));
  });

  it("may come several times a day", () => {
    const twice = { times: ["06:00", "14:00"], timeZone: "UTC" };
    expect(passedDeadline(twice, new Date("2026-11-23T15:00:00Z"))).toEqual({
      deadline: new Date("2026-11-23T14:00:00Z"),
      opens: new Date("2026-11-23T10:00:00Z"),
    });
  });
});

describe("the runbook", () => {
  const text = readFileSync(new URL("../../../docs/runbook.md", import.meta.url), "utf8");

  it.each(jobCauses)(
    "says of jobs that failed with %s whether to retry or to dismiss them, as alarms and pages do",
    (cause) => {
      const row = text
        .split("\n")
        .find((line) => line.startsWith("| ") && line.split(" | ")[0]?.includes(`\`${cause}\``));
      const { retryHelps } = jobCause("events", cause);
      expect(row).toContain(retryHelps ? "retry" : "never retry; dismiss");
      expect(row?.includes("never retry")).toBe(!retryHelps);
    },
  );

  it.each(alarmKinds)("has a section for %s under the address that its alarms name", (kind) => {
    const anchor = runbookOf(kind).split("#")[1];
    const section = text.split(/^(?=## )/m).find((each) => each.startsWith(`## ${anchor}\n`));
    for (const part of ["What it means.", "What to look at.", "What to do.", "It is resolved"])
      expect(section, `${kind}: ${part}`).toContain(part);
  });
});
