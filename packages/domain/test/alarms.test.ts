// Alarms as somebody on call reads them: texts complete in themselves, deadlines that mean the right day, a runbook for each.
import { readFileSync } from "node:fs";
import {
  type Alarm,
  alarmKinds,
  alarmNotice,
  alarmsNotice,
  facilityHeld,
  facilityMissing,
  facilitySilent,
  fileRefused,
  jobsFailed,
  passedDeadline,
  poisonJob,
  resetFailed,
  runbookOf,
  snapshotLate,
} from "@inventory-sync/domain";
import { describe, expect, it } from "vitest";

const zone = "America/New_York";
const telling = { timeZone: zone };
const at = new Date("2026-11-23T11:00:00Z");
const resetId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
const failed = {
  ...{ resetId, file: "stock.csv", failedAt: at, outcome: null, archivedTo: null },
  ...{ facilities: 3, facilitiesFailed: 2, firstFailed: { facilityId: "S001", error: "no row of it could be used" } },
};
const jobs = {
  ...{ queue: "events", cause: "UNKNOWN_PRODUCT", count: 37, isAll: true, firstAt: at, lastAt: at },
  example: { id: "e-1", name: "sale S001 e1", message: "UNKNOWN_PRODUCT: there is no SKU X" },
};
const causes = {
  "snapshot-late": snapshotLate({ deadline: at, lastAccepted: { file: "old.csv", at } }, zone),
  "facility-missing": facilityMissing(
    { facilityId: "S001", since: at, resetId, file: "stock.csv", last: { file: "old.csv", at } },
    zone,
  ),
  "facility-silent": facilitySilent({ facilityId: "S001", since: at, minutes: 240 }, zone),
  "facility-held": facilityHeld(
    { facilityId: "S001", resetId, file: "stock.csv", since: at, because: "total units would go from 100 to 10" },
    zone,
  ),
  "file-refused": fileRefused({ ...failed, outcome: "EMPTY_FILE: stock.csv is empty" }, zone),
  "reset-failed": resetFailed(failed, zone),
  "jobs-failed": jobsFailed(jobs, zone),
  "poison-job": poisonJob(jobs, zone),
};
const ringing = (cause: (typeof causes)["jobs-failed"]): Alarm => ({ ...cause, clearedAt: null });

describe("the text of an alarm", () => {
  it.each(alarmKinds)("%s says since when, with the zone, and is of its kind", (kind) => {
    const cause = causes[kind];
    expect(cause.kind).toBe(kind);
    expect(cause.key.split(":")[0]).toBe(kind);
    expect(cause.message).toContain("2026-11-23T06:00:00-05:00");
    expect(cause.message).not.toMatch(/undefined|null|\.\./);
  });

  it("says what failed, how much of it, and what to run", () => {
    expect(causes["jobs-failed"].message).toMatch(/^37 jobs of the queue events have failed with UNKNOWN_PRODUCT/);
    expect(causes["jobs-failed"].message).toContain("npm run ops -- jobs retry --error UNKNOWN_PRODUCT");
    expect(jobsFailed({ ...jobs, isAll: false }, zone).message).toMatch(
      /^37 of the newest failed jobs are of the queue events and of UNKNOWN_PRODUCT, .*; the board counts all\./,
    );
    expect(causes["reset-failed"].message).toContain("2 of its 3 facilities could not be reset");
    expect(causes["file-refused"].message).toContain("EMPTY_FILE: stock.csv is empty. It is in rejected/");
    expect(causes["facility-held"].message).toContain("total units would go from 100 to 10");
  });

  it("cuts an endless failure short", () => {
    const example = { id: "e", name: "sale", message: "x".repeat(10_000) };
    expect(jobsFailed({ ...jobs, example }, zone).message.length).toBeLessThan(800);
  });
});

describe("a notice to the webhook", () => {
  it("is complete as a text and as fields, without those that it has nothing for", () => {
    const notice = alarmNotice(ringing(causes["facility-held"]), telling);
    expect(notice).toEqual({
      text: `Alarm facility-held: ${causes["facility-held"].message} (docs/runbook.md#facility-held)`,
      ...{ kind: "facility-held", key: `facility-held:S001:${resetId}`, state: "ringing" },
      ...{ since: "2026-11-23T11:00:00.000Z", facilityId: "S001", resetId, file: "stock.csv" },
      runbook: "docs/runbook.md#facility-held",
    });
    expect(alarmNotice(ringing(causes["jobs-failed"]), telling)).not.toHaveProperty("facilityId");
  });

  it("shows a file's name in the text as it is spelt, where a chat would have called everybody or made a link of it", () => {
    const file = "<!channel> <evil.example|click>&\u202e.csv";
    const refused = ringing(fileRefused({ ...failed, file, outcome: "EMPTY_FILE: it is empty" }, zone));
    const shown = "&lt;!channel&gt; &lt;evil.example|click&gt;&amp;\\u{202e}.csv was refused";
    const single = alarmNotice(refused, telling);
    const many = alarmsNotice([refused, refused], telling);
    for (const { text } of [single, many]) {
      expect(text).toContain(shown);
      expect(text).not.toMatch(/[<>\u202e]/);
    }
    expect(single).toMatchObject({ file, key: `file-refused:${resetId}` });
  });

  it("of an all-clear says from when to when it rang, and what it was", () => {
    const clearedAt = new Date("2026-11-23T12:30:00Z");
    const notice = alarmNotice({ ...causes["snapshot-late"], clearedAt }, telling);
    expect(notice.state).toBe("cleared");
    expect(notice.text).toContain(
      "rang from 2026-11-23T06:00:00-05:00 to 2026-11-23T07:30:00-05:00. It was: No snapshot",
    );
  });

  it("that is repeated says so, and has links where it is known where the board is", () => {
    const alarm: Alarm = { ...ringing(causes["facility-silent"]), isRepeat: true };
    const notice = alarmNotice(alarm, { ...telling, boardUrl: "https://stock.example/" });
    expect(notice).toMatchObject({
      ...{ state: "ringing", repeat: true, runbook: "https://stock.example/runbook#facility-silent" },
      board: "https://stock.example/alarms#facility-silent%3AS001",
    });
    expect(notice.text).toMatch(
      /^Still ringing facility-silent: .*\(https:\/\/stock\.example\/runbook#facility-silent\)$/,
    );
    expect(alarmsNotice([alarm, alarm], telling).text).toMatch(/^2 alarms facility-silent still ring, the earliest/);
  });

  it("of many alarms at once names the first ten and carries all", () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      ringing(facilitySilent({ facilityId: `S${index}`, since: new Date(at.getTime() - index), minutes: 240 }, zone)),
    ) as [Alarm, ...Alarm[]];
    const notice = alarmsNotice(many, telling);
    expect(notice.text).toMatch(/^12 alarms facility-silent at once.*S0, S1, .*S9 and 2 more\. The first: Facility S0/);
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

  it.each(alarmKinds)("has a section for %s under the address that its alarms name", (kind) => {
    const anchor = runbookOf(kind).split("#")[1];
    const section = text.split(/^(?=## )/m).find((each) => each.startsWith(`## ${anchor}\n`));
    for (const part of ["What it means.", "What to look at.", "What to do.", "It is over"])
      expect(section, `${kind}: ${part}`).toContain(part);
  });
});
