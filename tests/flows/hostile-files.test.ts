// The gate of the reset flow: hostile files, each refused whole, or applied but for its bad rows, or left alone; and the levels
// that nobody may have touched.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anyBackend, eventually, type System, startProcess, startSystem } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { hostileFiles, products, type ReadyFile, type Verdict } from "./hostile-table.ts";
import { type Outside, outsideOf, snapshotCsv } from "./outside.ts";

/** Past these a facility is held, which is tested by itself below. */
const noGuards = {
  GUARD_REJECTED_PCT: "100",
  GUARD_ZEROED_PCT: "100",
  GUARD_MISSING_PCT: "100",
  GUARD_UNITS_PCT: "1000000",
  GUARD_RENAMED_PCT: "100",
};
const strict = { UNKNOWN_FACILITY: "reject", UNKNOWN_PRODUCT: "reject" };
const countOf = (facilities: readonly string[]) =>
  snapshotCsv(facilities.flatMap((facility) => products.map((sku) => [facility, sku, 10] as const)));
/** Every level of everybody but one facility, and the number of all movements but its own, as one text. */
const fingerprint = `
  select md5(string_agg(concat_ws(' ', l.facility_id, l.product_id, l.on_hand, l.as_of), ',' order by l.facility_id, l.product_id))
         || (select count(*) from movement m where m.facility_id is distinct from (select id from facility where facility_id = $1)) as print
    from level_in_force l
   where l.facility_id is distinct from (select id from facility where facility_id = $1)`;

anyBackend("a hostile file", ({ kind }) => {
  const table = hostileFiles();
  const basis = countOf(["T", "KEPT", "12", "SELF", ...table.map(({ facility }) => facility)]);
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  let worker: Awaited<ReturnType<typeof startProcess>>;
  beforeAll(async () => {
    system = await startSystem({ backend: kind, env: { RESET_TIME_ZONE: "America/New_York", ...noGuards } });
    outside = await outsideOf(system);
    database = await databaseClient(system);
    // What is known from now on is what this file made known.
    const made = await outside.runFile("basis-20261101T080000Z.csv", basis);
    expect(made).toMatchObject({ state: "completed", rejected: 0 });
    await system.processes.worker.stop();
    worker = await startProcess("worker", { ...system.env, ...strict });
  });
  afterAll(async () => {
    await database?.end();
    outside?.end();
    await worker?.stop();
    await system?.stop();
  });

  const printOf = async (allBut = ""): Promise<string | undefined> =>
    (await database.rows<{ print: string }>(fingerprint, [allBut]))[0]?.print;
  const levels = async (facilityId: string): Promise<Record<string, number>> => {
    const answer = await system.board(`/api/facilities/${encodeURIComponent(facilityId)}/inventory?limit=1000`);
    const { items } = (await answer.json()) as { items: { idValue: string; onHand: number }[] };
    return Object.fromEntries(items.map(({ idValue, onHand }) => [idValue, onHand]));
  };
  const untouched = Object.fromEntries(products.map((sku) => [sku, 10]));

  async function expectRefused({ name, beside, content }: ReadyFile, code: string): Promise<void> {
    const before = await printOf();
    const seen = await outside.runFile(name, content);
    expect(seen).toMatchObject({ state: "failed", facilities: [] });
    const reason = await eventually(async () => (await outside.files.read(`rejected/${name}.reason.txt`)).toString());
    expect(reason).toMatch(new RegExp(`^${code}: .{40,}`));
    expect(Buffer.compare(await outside.files.read(`rejected/${name}`), Buffer.from(content))).toBe(0);
    await eventually(async () =>
      (await outside.failedCauses()).some(({ error, queue }) => error === code && queue === "resets"),
    );
    expect(await printOf()).toBe(before);
    for (const ending of Object.keys(beside ?? {}))
      expect(await outside.files.list("rejected")).toContain(`${name}${ending}`);
  }

  async function expectApplied(file: ReadyFile, verdict: Extract<Verdict, { applied: object }>): Promise<void> {
    const { name, facility: facilityId } = file;
    const { applied, rejects = [], state = "applied", asOf = "2026-11-01T09:00:00.000Z" } = verdict;
    const isRefused = state === "none" || state === "failed";
    const before = await printOf(facilityId);
    const seen = await outside.runFile(name, file.content);
    expect(seen).toMatchObject({ state: isRefused ? "failed" : "completed", rejected: rejects.length });
    expect(seen.facilities.map((each) => [each.facilityId, each.state])).toEqual(
      state === "none" ? [] : [[facilityId, state]],
    );
    expect(seen.asOf).toBe(asOf);
    if (isRefused) {
      // A file of which nothing could be used is refused whole, and its rows go back to their sender all the same.
      expect(seen).toMatchObject({
        outcome: expect.stringMatching(/^NO_USABLE_ROW: None of its \d rows? could be used: /),
      });
      const reason = await eventually(async () => (await outside.files.read(`rejected/${name}.reason.txt`)).toString());
      expect(reason).toContain(rejects[0]);
      await eventually(async () => {
        const { items } = (await (await system.board("/api/alarms")).json()) as { items: { key: string }[] };
        return items.some(({ key }) => key === `file-refused:${seen.id}`);
      });
    }
    const rejected = await database.rows<{ code: string }>(
      "select code from rejected_row where reset_id = $1 order by line",
      [seen.id],
    );
    expect(rejected.map(({ code }) => code)).toEqual(rejects);
    expect(await levels(facilityId)).toEqual({ ...untouched, ...applied });
    expect(await printOf(facilityId)).toBe(before);
    expect((await outside.files.list("error")).includes(`${name}.rejects.csv`)).toBe(rejects.length > 0);
  }

  test.each(table)("$what", async (file) => {
    const { name, verdict, beside = {} } = file;
    for (const [ending, content] of Object.entries(beside))
      await outside.files.write(`incoming/${name}${ending}`, content);
    await ("refused" in verdict ? expectRefused(file, verdict.refused) : expectApplied(file, verdict));
  });

  test("formulas among the rows that come back cannot run in a spreadsheet", async () => {
    const name = "formulas-20261101T090000Z.csv";
    await outside.runFile(name, "store,sku,qty\nT,=HYPERLINK(9),1\nT,+1+1,1\nT,@X,-3\n");
    const text = (await outside.files.read(`error/${name}.rejects.csv`)).toString();
    expect(
      text
        .split("\n")
        .slice(1, 4)
        .map((line) => line.split(",").slice(0, 3).join()),
    ).toEqual([...["T,'=HYPERLINK(9),1", "T,'+1+1,1", "T,'@X,-3"]]);
  });

  test("cells of 15,000 characters among the rows that come back are shortened, on record and in the file", async () => {
    const name = "long-20261101T090000Z.csv";
    const long = "x".repeat(15_000);
    const seen = await outside.runFile(name, `store,sku,qty,note\n${long},A,1,\nT,${long},1,\nT,A,many,${long}\n`);
    expect(seen).toMatchObject({ rejected: 3 });
    const text = (await outside.files.read(`error/${name}.rejects.csv`)).toString();
    expect(text).toContain(`,${long.slice(0, 1_000)}…,`);
    const longest =
      "select max(length(cell))::int as longest from rejected_row, unnest(fields) cell where reset_id = $1";
    expect(await database.rows(longest, [seen.id])).toEqual([{ longest: 1_001 }]);
  });

  test("a file seen before changes nothing, under its own name and under another", async () => {
    const content = basis;
    const before = await printOf();
    for (const name of ["basis-20261101T080000Z.csv", "other-20261101T080000Z.csv"]) {
      const seen = await outside.runFile(name, content);
      expect(seen).toMatchObject({ state: "completed", facilities: [], rows: 0 });
      const { jobs } = await outside.jobs("resets", "completed");
      expect(jobs.map(({ returnValue }) => returnValue)).toContainEqual(
        expect.objectContaining({ file: name, outcome: expect.stringMatching(/^duplicate of basis-/) }),
      );
    }
    expect(await printOf()).toBe(before);
  });

  test("names that are still being written, hidden, sidecars or folders are not looked at", async () => {
    const content = "store,sku,qty\nT,A,99\n";
    const names = [
      "a.csv.part",
      "a.csv.tmp",
      "a.csv.FILEPART",
      ".a.csv",
      "a.csv.sha256",
      "a.csv.manifest.json",
      "a.xlsx",
    ];
    const before = await printOf();
    for (const name of names) await outside.files.write(`incoming/${name}`, content);
    for (const name of [undefined, ...names]) {
      const answer = await system.board("/api/resets", name === undefined ? {} : { file: name });
      expect([answer.status, name]).toEqual([expect.toSatisfy((status) => status === 409 || status === 404), name]);
    }
    expect((await outside.files.list("incoming")).filter((name) => names.includes(name))).toHaveLength(names.length);
    expect(await printOf()).toBe(before);
    for (const name of names) await outside.files.remove(`incoming/${name}`);
  });

  test("a name cannot lead out of the folder", async () => {
    const outer = "store,sku,qty\nT,A,99\n";
    await outside.files.write("secret.csv", outer);
    const before = await printOf();
    for (const name of [
      "../secret.csv",
      "..",
      "incoming/../../secret.csv",
      "..\\secret.csv",
      "/secret.csv",
      "%2e%2e%2fsecret.csv",
    ]) {
      const answer = await system.board("/api/resets", { file: name });
      expect([name, answer.status]).toEqual([name, expect.toSatisfy((status) => status >= 400 && status < 500)]);
    }
    // These are plain names to this server, odd as they look.
    for (const name of [
      "%2f..%2f..%2fetc-20261101T090000Z.csv",
      "$(touch x);'\"-20261101T090000Z.csv",
      "ünïcødé 😀-20261101T090000Z.csv",
    ]) {
      const seen = await outside.runFile(name, `store,sku,qty,note\nT,A,many,${name.length}\n`);
      expect(seen).toMatchObject({ file: name, rejected: 1 });
      expect(await outside.files.list("error")).toContain(`${name}.rejects.csv`);
    }
    expect((await outside.files.read("secret.csv")).toString()).toBe(outer);
    expect(await printOf()).toBe(before);
  });

  test("a file that is replaced while it is judged is judged as it was taken, and the new one is let be", async () => {
    const name = "replaced-20261101T090000Z.csv";
    await outside.files.upload(name, "store,sku,qty\nT,A,1");
    const release = await database.lockTable("snapshot_part");
    const id = await outside.beginReset(name);
    await database.somebodyWaits("snapshot_part");
    await outside.files.remove(`incoming/${name}`);
    await outside.files.upload(name, "store,sku,qty\nT,A,1234\n");
    await release();
    expect(await outside.ended(id)).toMatchObject({ state: "failed" });
    await eventually(async () => (await outside.failedCauses()).some(({ error }) => error === "CUT_OFF"));
    // What lies in its place by then starts a reset of its own.
    const again = await eventually(async () => {
      const answer = await system.board("/api/resets?limit=5");
      const { items } = (await answer.json()) as { items: { id: string; file: string; state: string }[] };
      return items.find((reset) => reset.file === name && reset.id !== id && reset.state === "completed");
    });
    expect(again).toMatchObject({ rejected: 0 });
    expect(await outside.onHand("T", "A")).toBe(1234);
  });
});

describe("a file that is readable, and still not to be trusted", () => {
  const skus = Array.from({ length: 20 }, (_, index) => `P${index}`);
  const count = (facility: string, quantity: (index: number) => number | string) =>
    snapshotCsv(skus.map((sku, index) => [facility, sku, quantity(index)]));
  const cases = [
    {
      what: "all zeros",
      facility: "ZERO",
      content: count("ZERO", () => 0),
      because: /20 of 20 products.*would have none/,
    },
    {
      what: "half of its rows missing",
      facility: "HALF",
      content: count("HALF", () => 10)
        .split("\n")
        .slice(0, 11)
        .join("\n")
        .concat("\n"),
      because: /10 rows, last time 20 \(50 % fewer/,
    },
    {
      what: "a tenth of its rows bad",
      facility: "BAD",
      content: count("BAD", (index) => (index < 2 ? "x" : 10)),
      because: /2 of 20 rows known to be of this store were rejected/,
    },
    {
      what: "ten times as much",
      facility: "MUCH",
      content: count("MUCH", () => 100),
      because: /stock would rise by 900 %: 200 → 2,000 units/,
    },
  ];
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  let patientWorker: Awaited<ReturnType<typeof startProcess>> | undefined;
  beforeAll(async () => {
    system = await startSystem({ backend: "postgres" });
    outside = await outsideOf(system);
    database = await databaseClient(system);
  });
  afterAll(async () => {
    await database?.end();
    outside?.end();
    await patientWorker?.stop();
    await system?.stop();
  });

  const refusedFor = async (name: string, madeUp: number) => {
    const rows = Array.from({ length: madeUp }, (_, index) => [`UP${index}`, "P0", 1] as const);
    const seen = await outside.runFile(name, snapshotCsv([["HALF", "P0", 99], ...rows]));
    expect(seen).toMatchObject({ state: "failed", facilities: [] });
    return eventually(async () => (await outside.files.read(`rejected/${name}.reason.txt`)).toString());
  };
  const madeUpFacilities = () => database.rows("select facility_id from facility where facility_id like 'UP%'");

  test("as the first file of all it may bring up to ten thousand facilities, and with more it makes none", async () => {
    expect(await refusedFor("made-up-first-20261101T080000Z.csv", 10_001)).toMatch(
      /^TOO_MANY_NEW_FACILITIES: .* names 10002 facilities .* first file of all may name 10000\. .*GUARD_NEW_FACILITIES=10002/,
    );
    expect(await database.rows("select facility_id from facility")).toEqual([]);
  });

  test("is taken the first time, for nothing is known that it could contradict", async () => {
    const rows = cases.flatMap(({ facility }) => skus.map((sku) => [facility, sku, 10] as const));
    const seen = await outside.runFile("first-20261101T080000Z.csv", snapshotCsv(rows));
    expect(seen.facilities.map(({ state }) => state)).toEqual(cases.map(() => "applied"));
  });

  test.each(cases)("with $what it is held from the second time on", async ({ facility, content, because }) => {
    const seen = await outside.runFile(`${facility}-20261101T090000Z.csv`, content);
    expect(seen).toMatchObject({
      state: "completed-with-holds",
      facilities: [{ facilityId: facility, state: "held", heldBecause: expect.stringMatching(because) }],
    });
    for (const sku of ["P0", "P19"]) expect(await outside.onHand(facility, sku)).toBe(10);
  });
  test("with a thousand facilities that nobody knows it is refused whole and makes none, and other files go on", async () => {
    expect(await refusedFor("made-up-20261101T100000Z.csv", 1_001)).toMatch(
      /names 1001 facilities that are not known \(UP0, UP1, UP2, …\); GUARD_NEW_FACILITIES allows 1000\. None was made/,
    );
    expect(await madeUpFacilities()).toEqual([]);
    const few = await outside.runFile("few-20261101T100000Z.csv", "store,sku,qty\nUP1,P0,1\nUP2,P0,2\n");
    expect(few).toMatchObject({ state: "completed" });
    expect(await outside.onHand("UP2", "P0")).toBe(2);
  });

  test("its manifest that arrives after it is waited for until it has stood still as well, and then counts", async () => {
    await system.processes.worker.stop();
    const patient = { SNAPSHOT_SETTLE_SECONDS: "2", SNAPSHOT_FINAL_NEWLINE: "optional" };
    patientWorker = await startProcess("worker", { ...system.env, ...patient });
    const name = "late.csv";
    const manifest = `incoming/${name}.manifest.json`;
    await outside.files.upload(name, "store,sku,qty\nT,A,11\nT,B,12\n");
    const id = await outside.beginReset(name);
    const settled = async () =>
      (
        await database.rows<{ beside: string }>("select report ->> 'beside' as beside from reset where id = $1", [id])
      )[0]?.beside;
    await eventually(async () => (await settled()) === "");
    await outside.files.write(manifest, '{"asOf": "2026-11-01T');
    await eventually(async () => (await settled())?.includes(".manifest.json"));
    // Half of it is there, and it is not judged yet.
    expect(await outside.reset(id)).toMatchObject({ state: "staging" });
    await outside.files.write(manifest, '{"asOf": "2026-11-01T09:00:00Z", "rows": 2}');
    expect(await outside.ended(id)).toMatchObject({ state: "completed", asOfFrom: "manifest", rows: 2 });
  });

  test("a file without a last line end is taken where that is said to be usual", async () => {
    const seen = await outside.runFile("usual-20261101T100000Z.csv", "store,sku,qty\nU,A,21");
    expect(seen).toMatchObject({ state: "completed", rows: 1 });
    expect(await outside.onHand("U", "A")).toBe(21);
  });
});
