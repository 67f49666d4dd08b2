// A snapshot file's way through the system: good rows into the levels, bad rows back to their sender, the file to its place.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyBackend, eventually, type System, startProcess, startSystem } from "../support/index.ts";
import { eventOf, noGuards, type Outside, outsideOf, type ResetSeen, snapshotCsv } from "./outside.ts";

const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
/** archive/YYYY/MM/DD of today. */
const archiveFolder = (at = new Date()): string => `archive/${at.toISOString().slice(0, 10).replaceAll("-", "/")}`;

/** Facilities F1, F2, F3, each with 10 of P1 to P12 and of the products of the other files. */
const facilities = ["F1", "F2", "F3"];
const products = [
  ...Array.from({ length: 12 }, (_, index) => `P${index + 1}`),
  "GZ",
  "SEMI",
  "TAB",
  "TWO",
  "PART",
  "MAN",
  "ROW",
  "OWN",
];

const header = "Store,Department,idType,idValue,locationSeqId,Quantity";
/** Rows of the file with bad ones, each with the code that is expected of it. */
const rows: readonly (readonly [string, string?])[] = [
  ["F1,shoes,SKU,P1,,11"],
  ["F1,shoes,SKU,P2,,12,more", "WRONG_COLUMN_COUNT"],
  [",shoes,SKU,P3,,13", "MISSING_FACILITY"],
  ["NOWHERE,shoes,SKU,P3,,13", "UNKNOWN_FACILITY"],
  ["F1,shoes,SKU,,,13", "MISSING_ID"],
  ["F1,shoes,,P3,,13", "MISSING_ID"],
  ["F1,shoes,SKU,NEVER-SEEN,,13", "UNKNOWN_PRODUCT"],
  ["F2,shoes,UPCA,1.2E+12,,13", "MANGLED_ID"],
  ['F2,shoes,SKU,P4,,"1,234"', "BAD_QUANTITY"],
  ["F2,shoes,SKU,P5,,", "BAD_QUANTITY"],
  ["F2,shoes,SKU,P6,,12345678901", "QUANTITY_OUT_OF_RANGE"],
  ["F2,shoes,SKU,P7,A,5", "DUPLICATE_CONFLICT"],
  ["F2,shoes,SKU,P7,A,6", "DUPLICATE_CONFLICT"],
  ["F2,shoes,SKU,P8,A,5"],
  ["F2,shoes,SKU,P8,A,5"],
  ["F2,shoes,SKU,P9,A,5"],
  ["F2,shoes,SKU,P9,B,6"],
  ['F2,"hats, caps",SKU,P1,,-3'],
  ["F3,shoes,sku,P1,,10"],
  ["F3,shoes,SKU,P2,,0.5"],
];
const badRows = rows.filter(([, code]) => code !== undefined);

anyBackend("a snapshot file", ({ kind }) => {
  let system: System;
  let outside: Outside;
  let strictWorker: Awaited<ReturnType<typeof startProcess>> | undefined;
  beforeAll(async () => {
    system = await startSystem({ backend: kind, env: noGuards });
    outside = await outsideOf(system);
    // What is known from now on is what this file and no other makes known.
    const basis = facilities.flatMap((facility) => products.map((sku) => [facility, sku, 10] as const));
    const noNames = "TOTAL,TOTAL,999\r\nF1,Total,333\r\nF1,1-Mar,3\r\nNULL,P1,2\r\n";
    expect(await outside.runFile("basis-20261101T080000Z.csv", `${snapshotCsv(basis)}${noNames}`)).toMatchObject({
      ...{ state: "completed", rejected: 4, facilities: facilities.map((facilityId) => ({ facilityId })) },
    });
    await system.processes.worker.stop();
    const own = "facility=Filiale,sku=Artikelnummer,quantity=Bestand";
    const strict = { UNKNOWN_FACILITY: "reject", UNKNOWN_PRODUCT: "reject", SNAPSHOT_COLUMNS: own };
    strictWorker = await startProcess("worker", { ...system.env, ...strict });
  });
  afterAll(async () => {
    outside?.end();
    await strictWorker?.stop();
    await system?.stop();
  });

  const levels = async (facilityId: string): Promise<Record<string, number>> => {
    const response = await system.board(`/api/facilities/${facilityId}/inventory?limit=1000`);
    const { items } = (await response.json()) as { items: { idValue: string; onHand: number }[] };
    return Object.fromEntries(items.map(({ idValue, onHand }) => [idValue, onHand]));
  };
  const basisBut = (changed: Record<string, number>) => ({
    ...Object.fromEntries(products.map((sku) => [sku, 10])),
    ...changed,
  });

  const withBadRows = [header, ...rows.map(([row]) => row), ""].join("\r\n");
  let reset: ResetSeen;

  test("its good rows are applied, and the levels of its bad rows are as they were", async () => {
    await outside.send([
      eventOf("late", { facilityId: "F1", sku: "P1", quantity: 2, at: "08:59" }),
      eventOf("after", { facilityId: "F1", sku: "P1", quantity: 3, at: "09:01" }),
    ]);
    await outside.applied("F1", "late");
    await outside.applied("F1", "after");
    reset = await outside.runFile("mixed-20261101T090000Z.csv", withBadRows);
    expect(await levels("F1")).toEqual(basisBut({ P1: 8 }));
    expect(await levels("F2")).toEqual(basisBut({ P1: -3, P8: 5, P9: 11 }));
    expect(await levels("F3")).toEqual(basisBut({ P2: 0.5 }));
    expect(await outside.onHand("NOWHERE", "P3")).toBeUndefined();
  });

  test("its reset says what it was, what was counted and what became of each facility", () => {
    expect(reset).toMatchObject({
      ...{ file: "mixed-20261101T090000Z.csv", sha256: sha256(withBadRows), state: "completed" },
      ...{
        asOf: "2026-11-01T09:00:00.000Z",
        asOfFrom: "name",
        rows: rows.length,
        rejected: badRows.length,
        skipped: 0,
      },
    });
    expect(reset.facilities).toEqual([
      expect.objectContaining({
        ...{ facilityId: "F1", state: "applied", rows: 1, corrected: 1, lateSales: -3, absent: products.length - 1 },
        ...{ shipments: 0, heldBecause: null, lockedMs: expect.any(Number), borderline: 2 },
      }),
      expect.objectContaining({
        facilityId: "F2",
        state: "applied",
        corrected: 3,
        lateSales: 0,
        absent: products.length - 3,
      }),
      expect.objectContaining({
        facilityId: "F3",
        state: "applied",
        rows: 2,
        corrected: 1,
        absent: products.length - 2,
      }),
    ]);
    const figures = ["lateSales", "shipments", "unexplained", "absent", "borderline", "heldBecause", "lockedMs"];
    for (const facility of reset.facilities) for (const figure of figures) expect(facility).toHaveProperty(figure);
    const changes = reset.facilities.map(({ unitsBefore, unitsAfter }) => Number(unitsAfter) - Number(unitsBefore));
    // F1: 5 on hand of P1 become 8; F2: 10 become -3, 5 and 11; F3: 10 become 0.5.
    expect(changes).toEqual([3, -17, -9.5]);
    for (const [step, ms] of Object.entries(reset.timings)) expect(ms, step).toBeGreaterThanOrEqual(0);
    expect(Object.keys(reset.timings)).toEqual(expect.arrayContaining(["fetchMs", "stageMs", "totalMs"]));
  });

  test("its bad rows come back with their own columns, code and reason, in its own form", async () => {
    const text = (await outside.files.read("error/mixed-20261101T090000Z.csv.rejects.csv")).toString();
    const [first, ...lines] = text.trimEnd().split("\n");
    expect(first).toBe(`${header},errorCode,errorReason,errorFix,lineOfReset ${reset.id}`);
    expect(lines).toHaveLength(badRows.length);
    for (const [index, [row, code]] of badRows.entries()) {
      const own = row.split(",").slice(0, 4).join(",");
      expect(lines[index]).toMatch(new RegExp(`^${own.replace(/[.+]/g, "\\$&")},.*,${code},.{20,}`));
    }
  });

  test("its bad rows can be read on the board, with cause and fix, in the very same form", async () => {
    const response = await system.board(`/api/resets/${reset.id}/rejects.csv`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/csv");
    const inError = await outside.files.read("error/mixed-20261101T090000Z.csv.rejects.csv");
    expect(await response.text()).toBe(inError.toString());
  });

  test("its corrections can be read on the board, each with its explanation", async () => {
    const response = await system.board(`/api/resets/${reset.id}/variances.csv`);
    const [, ...lines] = (await response.text()).trimEnd().split(/\r?\n/);
    expect(lines.map((line) => line.split(",").slice(0, 3).join(" ")).sort()).toEqual([
      ...["F1 SKU P1", "F2 SKU P1", "F2 SKU P8", "F2 SKU P9", "F3 SKU P2"],
    ]);
  });

  test("it lies in the archive of today with the very bytes that were sent", async () => {
    const archived = await outside.files.read(`${archiveFolder()}/mixed-20261101T090000Z.csv`);
    expect(sha256(archived)).toBe(reset.sha256);
  });

  test("its progress can be seen on the job of its reset", async () => {
    const { jobs } = await outside.jobs("resets", "completed");
    const job = jobs.find(({ name }) => name === "reset mixed-20261101T090000Z.csv");
    expect(job?.progress).toEqual({ rowsStaged: rows.length, facilitiesDone: 3, facilities: 3 });
  });

  test("put again it is archived under another name and changes nothing, also not what was sold since", async () => {
    await outside.send(eventOf("since", { facilityId: "F1", sku: "P1", quantity: 1, at: "10:00" }));
    await outside.applied("F1", "since");
    const again = await outside.runFile("mixed-20261101T090000Z.csv", withBadRows);
    expect(again).toMatchObject({ state: "completed", sha256: reset.sha256, facilities: [], rejected: 0 });
    const archived = await outside.files.list(archiveFolder());
    expect(archived).toEqual(expect.arrayContaining([reset.file, `mixed-20261101T090000Z.${again.id}.csv`]));
    expect(await levels("F1")).toEqual(basisBut({ P1: 7 }));
    expect(await levels("F2")).toEqual(basisBut({ P1: -3, P8: 5, P9: 11 }));
  });

  test("corrected, the rows that came back are taken; a product of which a location is still wrong is not", async () => {
    const [first = "", ...lines] = (await outside.files.read("error/mixed-20261101T090000Z.csv.rejects.csv"))
      .toString()
      .split("\n");
    const rowOf = (product: string) => lines.find((line) => line.includes(`,${product},`)) ?? "";
    const p7 = rowOf("P7");
    const corrected = [first, rowOf("P4").replace('"1,234"', "1234"), p7, rowOf("P5"), "F2,shoes,SKU,P9,A,1,,,,16", ""];
    const seen = await outside.runFile("corrected.csv", corrected.join("\n"));
    expect(seen).toMatchObject({ state: "completed", asOf: reset.asOf, asOfFrom: "origin", rows: 4, rejected: 2 });
    expect(await levels("F2")).toEqual(basisBut({ P1: -3, P4: 1234, P7: 5, P8: 5, P9: 11 }));
    const again = (await outside.files.read("error/corrected.csv.rejects.csv")).toString().split("\n");
    expect(again[0]).toBe(first);
    expect(again[1]).toMatch(/^F2,shoes,SKU,P5,,,BAD_QUANTITY,.*,11$/);
    expect(again[2]).toMatch(/^F2,shoes,SKU,P9,A,1,UNKNOWN_LINE,.*was not rejected.*,16$/);
  });

  test("of a product that was counted at several locations, all rejected rows must come back together", async () => {
    const content = "store,sku,locationSeqId,qty\nF3,P3,A,5\nF3,P3,B,x\n";
    const seen = await outside.runFile("places-20261101T090500Z.csv", content);
    expect(seen).toMatchObject({ rejected: 2 });
    const rejects = (await outside.files.read("error/places-20261101T090500Z.csv.rejects.csv")).toString();
    const both = rejects.replace(",B,x,", ",B,6,");
    const half = await outside.runFile("half.csv", both.replace(/^F3,P3,A.*\n/m, ""));
    expect(half).toMatchObject({ rows: 1, rejected: 1 });
    expect((await outside.files.read("error/half.csv.rejects.csv")).toString()).toContain("line 2 has another of them");
    expect(await outside.onHand("F3", "P3")).toBe(10);
    expect(await outside.runFile("both.csv", both)).toMatchObject({ state: "completed", rows: 2, rejected: 0 });
    expect(await outside.onHand("F3", "P3")).toBe(11);
  });

  test("a file of rejected rows without its last column is a snapshot like any other", async () => {
    const rejects = [`${header},errorCode,errorReason`, "F2,shoes,SKU,P5,,77,BAD_QUANTITY,no", ""];
    const seen = await outside.runFile("resent-20261101T090000Z.csv", rejects.join("\n"));
    expect(seen).toMatchObject({ state: "completed", asOfFrom: "name", rows: 1, rejected: 0 });
    expect(await outside.onHand("F2", "P5")).toBe(77);
  });

  test.each([
    { form: "gzip", name: "a-20261101T091000Z.csv.gz", sku: "GZ", content: gzipSync(snapshotCsv([["F3", "GZ", 21]])) },
    {
      form: "semicolons and a byte order mark",
      name: "b-20261101T091000Z.csv",
      sku: "SEMI",
      content: "\ufeffstore_code;SKU;OnHand\r\nF3;SEMI;22\r\n",
    },
    {
      form: "columns with names of its own",
      name: "d-20261101T091000Z.csv",
      sku: "OWN",
      content: "Filiale;Artikel-Nummer;sku;Bestand\nF3;OWN;TAB;24\n",
    },
    { form: "tabs", name: "c-20261101T091000Z.txt", sku: "TAB", content: "store_number\tqty\tsku\nF3\t23\tTAB\n" },
  ])("it may come with $form", async ({ name, sku, content }) => {
    const seen = await outside.runFile(name, content);
    expect(seen).toMatchObject({ state: "completed", rows: 1, rejected: 0, sha256: sha256(content) });
    expect(await outside.onHand("F3", sku)).toBe({ GZ: 21, SEMI: 22, TAB: 23, OWN: 24 }[sku]);
    expect(await outside.files.list(archiveFolder())).toContain(name);
  });

  test.each([
    {
      fault: "two columns of quantity",
      name: "two-20261101T092000Z.csv",
      says: "TWO_COLUMNS_FOR_ONE_FIELD",
      content: "store,sku,qty,onHand\nF3,TWO,99,99\n",
    },
    { fault: "no rows", name: "none-20261101T092000Z.csv", says: "HEADER_ONLY", content: "store,sku,qty\n" },
    {
      fault: "a time that is yet to come",
      name: "soon-20990101T000000Z.csv",
      says: "AS_OF_IN_FUTURE",
      content: snapshotCsv([["F3", "TWO", 99]]),
    },
  ])("it is refused whole for $fault, and changes nothing", async ({ name, content, says }) => {
    const seen = await outside.runFile(name, content);
    expect(seen).toMatchObject({ state: "failed", facilities: [] });
    expect(await outside.onHand("F3", "TWO")).toBe(10);
    const reason = await eventually(() => outside.files.read(`rejected/${name}.reason.txt`));
    expect(reason.toString()).toContain(says);
    expect((await outside.files.read(`rejected/${name}`)).toString()).toBe(content);
    // The job fails after its file was put aside.
    await eventually(async () =>
      expect(await outside.failedCauses()).toContainEqual(expect.objectContaining({ error: says, queue: "resets" })),
    );
  });

  test("it is refused whole when its manifest announces another number of rows, or another hash", async () => {
    const content = snapshotCsv([["F3", "MAN", 99]]);
    const announced = [
      { name: "rows-20261101T093000Z.csv", manifest: { rows: 2 }, says: "ROW_COUNT_MISMATCH" },
      { name: "hash-20261101T093000Z.csv", manifest: { sha256: "0".repeat(64) }, says: "HASH_MISMATCH" },
    ];
    for (const { name, manifest, says } of announced) {
      await outside.files.write(`incoming/${name}.manifest.json`, JSON.stringify(manifest));
      expect(await outside.runFile(name, content)).toMatchObject({ state: "failed", facilities: [] });
      const reason = await eventually(() => outside.files.read(`rejected/${name}.reason.txt`));
      expect(reason.toString()).toContain(says);
      expect(await outside.files.list("rejected")).toContain(`${name}.manifest.json`);
    }
    expect(await outside.onHand("F3", "MAN")).toBe(10);
  });

  test("a preview of one that is refused says so, and leaves no failed job behind", async () => {
    const failed = async () => (await outside.jobs("resets", "failed")).counts.failed;
    const isIdle = async () => (await outside.jobs("resets", "active")).counts.active === 0;
    // A reset has ended a moment before its job has.
    await eventually(isIdle);
    const before = await failed();
    const name = "bad-20261101T085500Z.csv";
    await outside.files.upload(name, "facilityId,colour\nF1,red\n");
    const begun = await system.board("/api/resets", { file: name, preview: true });
    const { resetIds } = (await begun.json()) as { resetIds: string[] };
    const ended = await outside.ended(resetIds[0] ?? "");
    expect(ended).toMatchObject({ state: "failed", outcome: expect.stringContaining("MISSING_COLUMN") });
    await eventually(isIdle);
    expect(await failed()).toBe(before);
    // It lies where it was: it was only looked at.
    await outside.files.remove(`incoming/${name}`);
  });

  test("its manifest says when it was true, and goes to the archive with it", async () => {
    const content = snapshotCsv([["F3", "MAN", 31]]);
    const manifest = { asOf: "2026-11-01T11:30:00+02:00", rows: 1, sha256: sha256(content) };
    await outside.files.write("incoming/plain.csv.manifest.json", JSON.stringify(manifest));
    const seen = await outside.runFile("plain.csv", content);
    expect(seen).toMatchObject({ state: "completed", asOf: "2026-11-01T09:30:00.000Z", asOfFrom: "manifest" });
    expect(await outside.onHand("F3", "MAN")).toBe(31);
    const archived = await eventually(() => outside.files.list(archiveFolder()));
    expect(archived).toEqual(expect.arrayContaining(["plain.csv", "plain.csv.manifest.json"]));
  });

  test("its manifest that says nothing that is read is told of", async () => {
    await outside.files.write(
      "incoming/odd-20261101T093500Z.csv.manifest.json",
      '{"as_of": "2026-11-01T11:30:00+02:00"}',
    );
    const seen = await outside.runFile("odd-20261101T093500Z.csv", snapshotCsv([["F3", "MAN", 31]]));
    const doubts = [
      expect.stringMatching(/^odd-20261101T093500Z\.csv\.manifest\.json says nothing that is read: it has as_of;/),
    ];
    expect(seen).toMatchObject({ state: "completed", asOfFrom: "name", doubts });
  });

  test("without manifest and stamp the file's own time counts; a row's own time comes before all others", async () => {
    const modifiedAt = new Date("2026-11-01T09:40:00Z");
    await outside.files.write("incoming/old.csv", snapshotCsv([["F3", "ROW", 41]]));
    await outside.files.touch("incoming/old.csv", modifiedAt);
    const byTime = await outside.ended(await outside.beginReset("old.csv"));
    expect(byTime).toMatchObject({ state: "completed", asOf: modifiedAt.toISOString(), asOfFrom: "mtime" });
    const content = "store,sku,qty,asOf\nF3,ROW,42,2026-11-01T09:50:00Z\nF3,P1,43,\n";
    const byRow = await outside.runFile("row-20261101T094500Z.csv", content);
    expect(byRow).toMatchObject({ state: "completed", asOf: "2026-11-01T09:45:00.000Z", asOfFrom: "name" });
    const level = (await (await system.board("/api/facilities/F3/inventory/SKU/ROW")).json()) as object;
    expect(level).toMatchObject({ onHand: 42, asOf: "2026-11-01T09:50:00.000Z" });
    const again = await outside.runFile("row-20261101T095500Z.csv", content);
    expect(again, "another count of the rows without a time").toMatchObject({
      rows: 2,
      asOf: "2026-11-01T09:55:00.000Z",
    });
  });

  test("where each row has its own time the count is as old as the newest of them, whenever its file was written, and is the same count each time", async () => {
    expect((await system.board("/api/facilities", { facilityId: "F5" })).ok).toBe(true);
    const content = "store,sku,qty,asOf\nF5,ROW,42,2026-10-30T09:50:00Z\nF5,P1,43,2026-10-30T09:40:00Z\n";
    const counted = await outside.runFile("rows.csv", content);
    expect(counted).toMatchObject({ state: "completed", asOf: "2026-10-30T09:50:00.000Z", asOfFrom: "row", rows: 2 });
    const { items } = (await (await system.board("/api/facilities?limit=1000")).json()) as {
      items: { facilityId: string; lastReset: object | null }[];
    };
    const ofStore = items.find(({ facilityId }) => facilityId === "F5");
    expect(ofStore?.lastReset).toMatchObject({ asOf: "2026-10-30T09:50:00.000Z" });
    const again = await outside.runFile("rows-20261101T095600Z.csv", content);
    const duplicate = { facilities: [], outcome: expect.stringContaining("rows.csv") };
    expect(again).toMatchObject({ asOf: "2026-10-30T09:50:00.000Z", ...duplicate });
  });

  test("a file whose name says that it is still being written is not looked at", async () => {
    for (const ending of ["part", "tmp", "filepart"]) {
      const name = `unfinished.csv.${ending}`;
      await outside.files.write(`incoming/${name}`, snapshotCsv([["F3", "PART", 99]]));
      expect((await system.board("/api/resets", { file: name })).status).not.toBe(202);
    }
    const nothingWaits = await system.board("/api/resets", {});
    expect(nothingWaits.status).toBe(409);
    expect(await nothingWaits.text()).toContain("unfinished.csv.part");
    expect(await outside.onHand("F3", "PART")).toBe(10);
    expect(await outside.files.list("incoming")).toHaveLength(3);
  });
});
