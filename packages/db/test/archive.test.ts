// The archive of the ledger, by the real statements: what is in files still counts, stays known, and comes back as it was.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ARCHIVE_ROWS_MAX,
  applyEvents,
  facilitySide,
  listArchives,
  mergeNames,
  previewMergeOfNames,
  readArchive,
  restoreArchive,
  run,
  sweepAcceptedEvents,
} from "@inventory-sync/db";
import { contentDigest, fromWire, ledgerDigest, PRISM_DOCUMENT } from "@inventory-sync/domain";
import { auditLevels, readEvent, readLevel } from "@inventory-sync/operator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MovementColumns } from "../src/ledger/movements.ts";
import { archiveAll, restoreAll } from "./archive-driver.ts";
import { event, FACILITY, onHand, send, snapshot } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

let database: OpenTestDatabase;
let folder: string;
let facility: number;
const BEFORE = new Date("2026-11-30T00:00:00Z");
const rows = async () =>
  (
    await database.pool.query<{ row: string }>(
      "select m::text as row from movement m where facility_id = 1 order by seq",
    )
  ).rows;
const archive = async (rowsMax = ARCHIVE_ROWS_MAX) =>
  (await archiveAll(database, { facilityId: FACILITY, folder }, { before: BEFORE, rowsMax })).moved;
const restore = () => restoreAll(database, { facilityId: FACILITY, folder });
const differences = async () => (await auditLevels(database)).differences;
const sold = (id: string, at: string, quantity = 1) => event(id, "sale", { at, lines: { X: quantity } });
const fates = async (...events: Parameters<typeof send>[1]) => send(database, events);
const document = (id: string, at: string, lines: Record<string, number>, facilityId = FACILITY) => ({
  ...event(id, "sale", { at, lines, facilityId }),
  reason: PRISM_DOCUMENT,
});

let original: Awaited<ReturnType<typeof rows>>;

beforeAll(async () => {
  database = await openFresh();
  folder = await mkdtemp(join(tmpdir(), "archive-test-"));
  await fates(sold("a1", "08:00"), event("a2", "sale", { at: "08:30", lines: { X: 1, W: 2 } }));
  await fates(
    event("ship", "shipment", { at: "08:40", lines: { X: 5 } }),
    event("open", "shipment", { at: "08:45", lines: { X: 7 } }),
  );
  await fates(event("ack", "shipment-acknowledged", { at: "08:50", of: "ship" }));
  await fates(document("doc", "08:55", { X: 1, W: 2 }), document("half", "08:56", { X: 3, Y: 1 }));
  await snapshot(database, { at: "10:00", counts: { X: 10, W: 4 } });
  await fates(sold("b1", "10:30"), sold("late", "09:00"));
  await snapshot(database, { at: "2 10:00", counts: { X: 20, W: 4 } });
  await fates(sold("c1", "2 11:00"), sold("late2", "2 09:00"));
  await snapshot(database, { at: "3 10:00", counts: { X: 30, W: 3, N: 1 } });
  await fates(sold("d1", "3 11:00", 2), event("n1", "sale", { at: "08:10", lines: { Y: 1 } }));
  // All of it was recorded long ago.
  await database.pool.query("update movement set recorded_at = occurred_at + interval '1 minute'");
  facility = (await facilitySide(database.pool, FACILITY))?.id ?? 0;
  original = await rows();
});
afterAll(async () => {
  await database?.drop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const left = async () =>
  (
    await database.pool.query<{ event_id: string }>(
      "select event_id from movement where type not in ('correction', 'opening')",
    )
  ).rows
    .map((each) => each.event_id)
    .toSorted();

it("leaves what may still be asked for, and every level the sum of its movements", async () => {
  const before = [await onHand(database, "X"), await onHand(database, "W")];
  await database.pool.query(
    "insert into channel (name, kind, mode, scope, settings) values ('told', 'webhook', 'live', '', '{}')",
  );
  const told = "select count(*)::int as changes from level_change";
  const had = (await database.pool.query(told)).rows;
  // In files of two rows, so that opening rows are raised.
  expect(await archive(2)).toBeGreaterThan(4);
  expect((await database.pool.query(told)).rows).toEqual(had);
  expect(await left()).toEqual(["c1", "d1", "half", "late2", "n1", "open"]);
  expect([await onHand(database, "X"), await onHand(database, "W")]).toEqual(before);
  expect(await differences()).toBe(0);
  expect(await archive()).toBe(0);
});

it("knows an archived event for ever, by id and content (R2)", async () => {
  const had = await onHand(database, "X");
  expect(await fates(sold("a1", "08:00"))).toMatchObject([{ fate: "done", applied: 0, duplicate: 1 }]);
  expect(await fates(event("a2", "sale", { at: "08:30", lines: { X: 1, W: 2 } }))).toMatchObject([{ duplicate: 2 }]);
  expect(await fates(sold("a1", "08:00", 9))).toMatchObject([{ fate: "rejected", code: "EVENT_ID_REUSED" }]);
  expect(await fates(event("a1", "shipment-acknowledged", { at: "08:50", of: "ship" }))).toMatchObject([
    { code: "EVENT_ID_REUSED" },
  ]);
  expect(await fates(event("ship", "shipment", { at: "08:40", lines: { X: 5 } }))).toMatchObject([{ duplicate: 1 }]);
  expect(await onHand(database, "X")).toBe(had);
});

it("knows an archived document by its lines: under another time it is the same, with other lines or at another store it is not", async () => {
  const had = await onHand(database, "X");
  const reused = { fate: "rejected", code: "EVENT_ID_REUSED" };
  expect(await fates(document("doc", "08:55", { X: 1, W: 2 }))).toMatchObject([{ applied: 0, duplicate: 2 }]);
  expect(await fates(document("doc", "09:20", { X: 1, W: 2 }))).toMatchObject([{ applied: 0, duplicate: 2 }]);
  expect(await fates(document("doc", "09:20", { X: 1, W: 3 }))).toMatchObject([reused]);
  expect(await fates(document("doc", "09:20", { X: 1 }))).toMatchObject([reused]);
  expect(await fates(document("doc", "09:20", { X: 1, W: 2, Y: 1 }))).toMatchObject([reused]);
  expect(await fates(document("doc", "08:55", { X: 1, W: 2 }, "S003"))).toMatchObject([{ code: "DOCUMENT_MOVED" }]);
  // Line 3 was refused with the others, so it is still free for another store.
  const third = fromWire(document("doc", "09:20", { Y: 1 }, "S003"), new Date());
  const only = { ...third, lines: third.lines.map((line) => ({ ...line, line: 3 })) };
  expect(await applyEvents(database, [only], { facility: "create", product: "create" })).toMatchObject([
    { applied: 1 },
  ]);
  expect([await onHand(database, "X"), await differences()]).toEqual([had, 0]);
});

it("knows a document of which one line is archived and the other is not", async () => {
  const had = [await onHand(database, "X"), await onHand(database, "Y")];
  expect(await fates(document("half", "08:56", { X: 3, Y: 1 }))).toMatchObject([{ applied: 0, duplicate: 2 }]);
  expect(await fates(document("half", "09:20", { X: 3, Y: 1 }))).toMatchObject([{ applied: 0, duplicate: 2 }]);
  expect(await fates(document("half", "09:20", { X: 3, Y: 2 }))).toMatchObject([{ code: "EVENT_ID_REUSED" }]);
  expect(await fates(document("half", "09:20", { X: 4, Y: 1 }))).toMatchObject([{ code: "EVENT_ID_REUSED" }]);
  expect([await onHand(database, "X"), await onHand(database, "Y")]).toEqual(had);
});

it("says of an event that it is archived, and of one that is so in part which lines are", async () => {
  const place = { facility, facilityId: FACILITY };
  await expect(readEvent(database, { ...place, eventId: "a1" })).rejects.toThrow(/a1 .*ops ledger restore/);
  await expect(readEvent(database, { ...place, eventId: "never" })).rejects.toThrow("has nothing of event never");
  const half = await readEvent(database, { ...place, eventId: "half" });
  expect([half.movements.map(({ line }) => line), half.archivedLines]).toEqual([[2], [1]]);
});

it("settles what was accepted into the inbox and is archived", async () => {
  const accepted = [
    sold("a1", "08:00"),
    sold("a1", "08:00", 9),
    document("doc", "09:20", { X: 1, W: 2 }),
    document("half", "09:20", { X: 3, Y: 1 }),
    document("half", "09:20", { X: 4, Y: 1 }),
  ].map((each) => fromWire(each, new Date()));
  for (const each of accepted)
    await database.pool.query(
      `insert into accepted_event (facility_id, event_id, content, payload, client, sweep_at)
       values ($1, $2, decode($3, 'hex'), $4, 'pos', now())`,
      [each.facilityId, each.eventId, contentDigest(each).slice(0, 32), JSON.stringify(each)],
    );
  const swept = await sweepAcceptedEvents(database, { limit: 10, skipUnknownProducts: false });
  expect(swept).toEqual({ due: accepted.length, unsettled: [], unreadable: 0 });
  const kept = await database.pool.query("select event_id, rejected_code from accepted_event order by 1");
  expect(kept.rows).toEqual(["a1", "half"].map((id) => ({ event_id: id, rejected_code: "EVENT_ID_REUSED" })));
  await database.pool.query("delete from accepted_event");
  const asked = [sold("a1", "08:00"), document("half", "08:56", { X: 3, Y: 1 })].map((each) =>
    fromWire(each, new Date()),
  );
  const known = await run(database.pool, "events_in_ledger", [
    asked.map((each) => each.facilityId),
    asked.map((each) => each.eventId),
    asked.map((each) => contentDigest(each).slice(0, 32)),
  ]);
  expect(known).toMatchObject([
    { same: 1, other: 0 },
    { same: 2, other: 0 },
  ]);
});

it("takes an acknowledgement of an archived shipment, and changes nothing", async () => {
  const had = await onHand(database, "X");
  expect(await fates(event("ack2", "shipment-acknowledged", { at: "08:45", of: "ship" }))).toMatchObject([
    { applied: 1 },
  ]);
  expect([await onHand(database, "X"), await differences()]).toEqual([had, 0]);
});

it("judges no batch that did not look at the archive, so that none slips in beside its first file", async () => {
  const movements = new MovementColumns();
  const again = fromWire(sold("a1", "08:00"), new Date());
  movements.add(again, { id: facility, offsets: null }, 0, { content: ledgerDigest(again) });
  expect(await run(database.pool, "apply_movements", movements.values())).toEqual([{ outcomes: "c" }]);
});

it("takes a count older than the archive for stale, also of what was never counted", async () => {
  expect(await snapshot(database, { at: "07:00", counts: { Y: 50 } })).toMatchObject({ ended: "stale" });
  expect(await onHand(database, "Y")).toBe(-2);
  const part = await database.prisma.facilityReset.findFirstOrThrow({ where: { state: "stale" } });
  expect(part.error).toMatch(/^ARCHIVED: the count is of 2026-11-01T07:00:00.000Z, .*ops ledger restore/);
});

it("says which file has what a level was before", async () => {
  const place = await database.prisma.productIdentification.findFirstOrThrow({ where: { idValue: "X" } });
  const level = { facility, product: place.productId, facilityId: FACILITY, idType: "SKU", idValue: "X" };
  await expect(readLevel(database, level, new Date("2026-11-01T09:00:00Z"))).rejects.toThrow("S001/2026-11.1.jsonl.gz");
  expect((await readLevel(database, level, new Date("2026-11-03T10:30:00Z"))).onHand).toBe(30 - 7);
});

it("makes no store with an archive one with another", async () => {
  await fates(event("o1", "sale", { at: "08:00", lines: { X: 1 }, facilityId: "S002" }));
  const other = (await facilitySide(database.pool, "S002"))?.id ?? 0;
  const pair = { kind: "facility", from: other, into: facility, reason: "one store", who: "test" } as const;
  await expect(previewMergeOfNames(database, pair)).rejects.toThrow("ops ledger restore");
  await expect(mergeNames(database, pair, { lockWaitMsMax: 1_000 })).rejects.toThrow("ops ledger restore");
});

it("finds a changed byte, and puts everything back exactly as it was", async () => {
  const [file] = await listArchives(database.pool, facility);
  if (file === undefined) throw new Error("there is no file");
  const path = join(folder, file.file);
  const content = await readFile(path);
  const changed = Buffer.from(content);
  changed[20] = (changed[20] ?? 0) ^ 1;
  await writeFile(path, changed);
  await expect(readArchive(folder, file)).rejects.toThrow("has changed");
  await expect(restore()).rejects.toThrow("has changed");
  await writeFile(path, content);
  // The first file alone is put back, and archived again: each event is known all the while.
  const files = (await listArchives(database.pool, facility)).length;
  await restoreArchive(database, file, { folder, lockWaitMsMax: 1_000 });
  for (const time of ["08:55", "09:20"])
    expect(await fates(document("doc", time, { X: 1, W: 2 }))).toMatchObject([{ duplicate: 2 }]);
  expect(await archive()).toBeGreaterThan(0);
  for (const time of ["08:56", "09:20"])
    expect(await fates(document("half", time, { X: 3, Y: 1 }))).toMatchObject([{ duplicate: 2 }]);
  expect(await listArchives(database.pool, facility)).toHaveLength(files);
  await restore();
  expect(await rows()).toEqual(original);
  const kept = await database.pool.query(
    "select from archived_event union all select from facility where archived_until is not null",
  );
  expect([kept.rowCount, await differences()]).toEqual([0, 0]);
});
