// Resets over HTTP: reports, CSV, and beginning one over a real SFTP server.
import { randomUUID } from "node:crypto";
import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "@inventory-sync/db";
import { csvLine } from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, sale, startTestBoard, type TestBoard } from "./support.ts";

const csv = "facilityId,sku,quantity\nS001,A,5\n";

async function insertReset(database: Database): Promise<string> {
  const id = randomUUID();
  await database.pool.query(
    `insert into reset (id, file, size, modified_at, observed_at, requested_by, state, as_of, as_of_from, sha256, rows,
                        rejected, skipped, finished_at, archived_to, report)
     values ($1, '=cmd.csv', 10, now(), now(), 'test', 'completed-with-holds', '2026-11-23T04:00:00Z',
             'name', 'ab', 3, 2, 1, now(), 'archive/x',
             '{"columns": ["store", "sku", "=qty", "note"], "ignoredColumns": ["note"], "delimiter": ";"}')`,
    [id],
  );
  await database.pool.query(
    `insert into facility_reset (reset_id, facility_id, state, rows, corrected, units_before, units_after, late_sales,
                                 held_because, locked_ms, finished_at)
     select $1, id, case when facility_id = 'S001' then 'applied' else 'held' end, 3, 1, 10.5, 12, -1, null, 17, now() from facility`,
    [id],
  );
  await database.pool.query(
    `insert into rejected_row (reset_id, line, facility_id, code, reason, fields)
     values ($1, 2, 'S001', 'BAD_QUANTITY', 'bad, "very"', array['S001', '=1+1', 'x']),
            ($1, 5, null, 'SOMETHING_NEW', '@risky', array['-3', E'two\nlines', '+1+1', '<script>'])`,
    [id],
  );
  await database.pool.query(
    `insert into correction (reset_id, facility_id, product_id, before, counted, late_sales, shipments, unexplained, after)
     select $1, f.id, p.id, 93, 95.5, -2, 0, 0.5, 93.5 from facility f, product p`,
    [id],
  );
  return id;
}

describe("the resets API", () => {
  let board: TestBoard;
  let resetId: string;
  beforeAll(async () => {
    board = await startTestBoard();
    await apply(board.database, sale("e1", "S001", "=1+1", 1));
    await apply(board.database, sale("e2", "<b>", "=1+1", 1));
    resetId = await insertReset(board.database);
    await board.database.pool.query(
      "insert into product_identification (id_type, id_value, product_id) select '@name', '=x', id from product",
    );
  });
  afterAll(() => board.stop());

  it("answers a reset with exactly the documented fields", async () => {
    const { body } = await board.json(`/api/resets/${resetId}`);
    expect(body).toEqual({
      ...{ id: resetId, file: "=cmd.csv", sha256: "ab", asOf: "2026-11-23T04:00:00.000Z", asOfFrom: "name" },
      ...{ state: "completed-with-holds", rows: 3, rejected: 2, skipped: 1, merged: null, timings: {} },
      ...{
        asOfNote: null,
        doubts: [],
        outcome: null,
        notPutAway: null,
        source: "default",
        preview: false,
        repairOf: null,
        requestedBy: "test",
        facilityCounts: { held: 1, applied: 1 },
      },
      ...{ corrected: 1, unitsBefore: 10.5, unitsAfter: 12 },
      facilities: [
        expect.objectContaining({ facilityId: "<b>", state: "held" }),
        {
          ...{
            facilityId: "S001",
            state: "applied",
            rows: 3,
            rejected: 0,
            corrected: 1,
            unitsBefore: 10.5,
            unitsAfter: 12,
            lateSales: -1,
          },
          ...{ shipments: 0, unexplained: 0, absent: 0, borderline: 0, heldBecause: null, lockedMs: 17 },
          ...{ listed: null, unitsKept: null, absentRows: null, decidedBecause: null },
          ...{ stale: 0, decidedBy: null, decidedAt: null, error: null },
          ...{ startedAt: null, finishedAt: expect.stringContaining("Z") },
        },
      ],
      nextCursor: null,
    });
    const { facilities: _, nextCursor: __, ...listed } = body;
    expect((await board.json("/api/resets?limit=1")).body.items).toEqual([listed]);
    const first = await board.json(`/api/resets/${resetId}?limit=1`);
    expect(first.body.facilities).toEqual(body.facilities.slice(0, 1));
    const second = await board.json(`/api/resets/${resetId}?limit=1&cursor=${first.body.nextCursor}`);
    expect([second.body.facilities, second.body.nextCursor]).toEqual([body.facilities.slice(1), null]);
    expect((await board.json("/api/facilities")).body.items).toMatchObject([
      { facilityId: "<b>", state: "held", lastReset: { resetId, state: "held" } },
      { facilityId: "S001", state: "open", lastReset: { resetId, state: "applied", asOf: "2026-11-23T04:00:00.000Z" } },
    ]);
  });

  it("gives the rejected rows as CSV that no spreadsheet runs", async () => {
    const answer = await board.call(`/api/resets/${resetId}/rejects.csv`);
    expect(answer.headers.get("content-type")).toContain("text/csv");
    expect(answer.headers.get("content-disposition")).toContain("attachment");
    const text = await answer.text();
    const [header, first] = text.split("\n");
    expect(header).toBe(`store;sku;'=qty;note;errorCode;errorReason;errorFix;lineOfReset ${resetId}`);
    expect(first).toBe(`S001;'=1+1;x;;BAD_QUANTITY;"bad, ""very""";;2`);
    expect(text).toContain(`-3;"two\nlines";'+1+1;<script>;SOMETHING_NEW;'@risky;;5\n`);
  });

  it("puts corrected rows into incoming/ as a repair of the reset, with an audit record; what cannot be is refused", async () => {
    const repair = (rows: unknown) => board.json(`/api/resets/${resetId}/repair`, { rows });
    expect(await repair([{ line: 2, values: { price: "1" } }])).toMatchObject({
      status: 409,
      body: { detail: "The file has no column price. Its columns are store, sku, =qty, note." },
    });
    expect(await repair([{ line: 2 }, { line: 2 }])).toMatchObject({
      status: 409,
      body: { detail: "Line 2 is named twice. Name each line once." },
    });
    expect(await repair([{ line: 3 }])).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("Line 3 of =cmd.csv is no rejected row") },
    });
    expect((await repair([])).status).toBe(422);
    const { status, body } = await repair([{ line: 2, values: { "=qty": "12" } }]);
    expect(status).toBe(202);
    const [opened = ""] = body.resetIds;
    const { body: found } = await board.json(`/api/resets/${opened}`);
    expect(found).toMatchObject({ repairOf: resetId, state: "staging", requestedBy: "operator board token" });
    expect(await readFile(join(board.sftp.root, "incoming", found.file), "utf8")).toMatch(
      new RegExp(`^\ufeffstore;sku;'=qty;note;.*;lineOfReset ${resetId}\nS001;'=1\\+1;12;;BAD_QUANTITY;.*;2\n$`),
    );
    const { items } = (await board.json("/api/audit?limit=2")).body;
    expect(items[0]).toMatchObject({ what: "repair rejected rows", target: `reset ${resetId}, 1 row` });
    await board.database.pool.query("update reset set finished_at = now(), state = 'failed' where id = $1", [opened]);
    await rm(join(board.sftp.root, "incoming", found.file));
  });

  it("gives every correction with its explanation", async () => {
    const lines = (await (await board.call(`/api/resets/${resetId}/variances.csv`)).text()).trimEnd().split("\r\n");
    expect(lines[0]).toBe(
      "facilityId,idType,idValue,before,counted,lateSales,shipments,after,corrected,unexplained,explanation,state,otherIds",
    );
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(
      /^S001,SKU,'=1\+1,93,95\.5,-2,0,93\.5,0\.5,0\.5,"counted 95\.5, .*93\.5 instead of 93",applied,'@name:=x$/,
    );
    expect(lines[2]).toMatch(
      /^<b>,.*instead of 93 \(held: nothing is changed until an operator approves\)",held,'@name:=x$/,
    );
  });

  it("guards and quotes cells", () => {
    expect(csvLine(["=1", "+2", "-3", "-x", "@a", "a;b", ' " ', ""])).toBe(`'=1,+2,-3,'-x,'@a,"a;b"," "" ",\r\n`);
  });

  it("knows no reset of another id", async () => {
    for (const id of [randomUUID(), "nonsense", "%2e%2e%2f"]) {
      for (const path of ["", "/rejects.csv", "/variances.csv", "/absent", "/absent.csv"])
        expect((await board.json(`/api/resets/${id}${path}`)).status).toBe(404);
      expect((await board.json(`/api/resets/${id}/revert`, {})).status).toBe(404);
      expect((await board.json(`/api/resets/${id}/facilities/S001/approve`, {})).status).toBe(404);
    }
  });

  it("says what it found in incoming/ when no snapshot waits", async () => {
    const empty = await board.json("/api/resets", {});
    expect([empty.status, empty.body.detail]).toEqual([409, expect.stringContaining("The folder is empty")]);
    await writeFile(join(board.sftp.root, "incoming", "stock.csv.part"), csv);
    const partial = await board.json("/api/resets", {});
    expect([partial.status, partial.body.detail]).toEqual([409, expect.stringContaining("stock.csv.part")]);
    const named = await board.json("/api/resets", { file: "other.csv" });
    expect([named.status, named.body.detail]).toEqual([404, expect.stringContaining("stock.csv.part")]);
    expect((await board.json("/api/resets", { file: "stock.csv.part" })).status).toBe(409);
    expect((await board.json("/api/resets", { file: "../../etc/passwd" })).status).toBe(404);
    expect((await board.json("/api/resets", { files: "x" })).status).toBe(422);
  });

  it("runs the oldest waiting file, or the one named, and one already under way only once", async () => {
    for (const [name, age] of [
      ["new.csv", 60],
      ["old.csv", 600],
      ["=1+1.csv", 300],
    ] as const) {
      await board.sftp.putSnapshot(name, csv);
      const time = new Date(Date.now() - age * 1_000);
      await utimes(join(board.sftp.root, "incoming", name), time, time);
    }
    const oldest = await board.json("/api/resets", {});
    expect(oldest.status).toBe(202);
    expect((await board.json(`/api/resets/${oldest.body.resetIds[0]}`)).body).toMatchObject({
      file: "old.csv",
      state: "staging",
      facilities: [],
    });
    expect((await board.json("/api/resets", {})).body).toEqual(oldest.body);
    const named = await board.json("/api/resets", { file: "=1+1.csv" });
    expect((await board.json(`/api/resets/${named.body.resetIds[0]}`)).body.file).toBe("=1+1.csv");
    expect((await board.queues.counts()).resets.waiting).toBe(3);
  });

  it("says 503 when the SFTP server is away", async () => {
    const broken = await startTestBoard({ SFTP_HOST_KEY_SHA256: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
    try {
      const answer = await broken.json("/api/resets", {});
      expect([answer.status, answer.type]).toEqual([503, "application/problem+json; charset=utf-8"]);
      expect(answer.body.detail).toContain("SFTP_HOST_KEY_SHA256");
    } finally {
      await broken.stop();
    }
  });
});
