// Counts from two SFTP servers: each file is known by its source, and what is wrong with the file of sources changes nothing.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  anyBackend,
  eventually,
  type FreshSftp,
  freshFolder,
  freshSftp,
  type System,
  startSystem,
} from "../support/index.ts";
import { databaseClient } from "./database-client.ts";
import { ops } from "./operator.ts";

/** A nightly file without a header: the sign stands in a column of its own, the store without its letter. */
const nightly = {
  ...{ header: false, delimiter: "|", encoding: "windows-1252", nameStamp: "ddMMyyyyHHmmss" },
  columns: { facility: 2, idType: { value: "ALU" }, idValue: 5, quantity: 12, sign: 11 },
  ...{ strip: { idValue: "-" }, facilities: { "001": "S901" } },
};
const COUNT = "facilityId,sku,quantity\nS001,TEE,4\n";

anyBackend("two sources of counts", ({ kind }) => {
  let system: System;
  let other: FreshSftp;
  let folder: string;
  beforeAll(async () => {
    folder = await freshFolder("sources");
    [system, other] = await Promise.all([
      startSystem({ backend: kind, env: { SOURCES_FILE: join(folder, "sources.json") } }),
      freshSftp(),
    ]);
  });
  afterAll(async () => {
    await system?.stop();
    await other?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const say = (text: string) => writeFile(join(folder, "sources.json"), text);
  /** How often a process has read the file since its start. */
  const readBy = (app: "worker" | "board") =>
    system.processes[app].output().split("the sources of counts are read").length;
  /** Says it, and waits until those who run a file by it have read it. */
  const sayToAll = async (text: string) => {
    const [worker, board] = [readBy("worker"), readBy("board")];
    await say(text);
    await eventually(() => readBy("worker") > worker && readBy("board") > board);
  };
  const json = async (path: string) => (await system.board(path)).json() as Promise<Record<string, never>>;
  const sources = async () =>
    (await json("/api/sources")) as unknown as { sources: Record<string, unknown>[]; fault: string | null };
  const names = async () => (await sources()).sources.map(({ name }) => name);
  const run = async (body: object) => {
    const response = await system.board("/api/resets", body);
    const answer = (await response.json()) as { resetIds?: string[]; detail?: string };
    return { status: response.status, ...answer };
  };
  const ended = (id: string | undefined) =>
    eventually(async () => {
      const reset = await json(`/api/resets/${id}`);
      expect(["completed", "failed"]).toContain(reset.state);
      return reset;
    });

  test("are in force as soon as the file names them, and tell how each stands", async () => {
    expect(await names()).toEqual(["default"]);
    const hostOf = (sftp: FreshSftp) => ({ hostKeySha256: sftp.hostKeySha256 });
    await writeFile(join(folder, "south"), `${other.password}\n`);
    const south = new URL(other.url);
    south.password = "";
    await say(
      JSON.stringify({
        sftp: [
          { name: "north", url: system.sftp.url, ...hostOf(system.sftp), timeZone: "America/New_York" },
          {
            name: "south",
            url: south.href,
            password: { file: join(folder, "south") },
            ...hostOf(other),
            resetAt: "02:00",
          },
        ],
      }),
    );
    await eventually(async () => expect(await names()).toEqual(["north", "south"]));
    expect((await sources()).sources).toMatchObject([
      { name: "north", reachable: true, waiting: 0, lastFile: null, timeZone: "America/New_York" },
      { name: "south", reachable: true, server: south.href, resetAt: ["02:00"], timeZone: "UTC" },
    ]);
    expect(JSON.stringify(await sources())).not.toContain(system.sftp.password);
  });

  test("may send the same bytes under the same name, and each is run where it lies", async () => {
    await system.sftp.putSnapshot("stock.csv", COUNT);
    await other.putSnapshot("stock.csv", COUNT);
    expect(await run({})).toMatchObject({ status: 409, detail: expect.stringContaining("north, south") });
    expect(await run({ source: "west" })).toMatchObject({ status: 404 });
    for (const source of ["north", "south"]) {
      const { status, resetIds } = await run({ source, file: "stock.csv" });
      expect(status).toBe(202);
      const reset = await ended(resetIds?.[0]);
      expect(reset).toMatchObject({ source, state: "completed", rows: 1 });
      expect(String(reset.outcome)).not.toContain("duplicate");
    }
    await system.sftp.putSnapshot("again.csv", COUNT);
    const { resetIds } = await run({ source: "north" });
    expect((await ended(resetIds?.[0])).outcome).toContain("duplicate of stock.csv");
  });

  test("take a file from the operator's desk where it is said which", async () => {
    const put = (query: string) =>
      fetch(`${system.boardUrl}/api/incoming/desk.csv${query}`, {
        method: "POST",
        headers: { authorization: `Bearer ${system.boardToken}`, "content-type": "application/octet-stream" },
        body: COUNT.replace("4", "5"),
      });
    expect((await put("")).status).toBe(409);
    expect((await put("?source=south")).status).toBe(201);
    const ran = await ops(system, "reset", "run", "--source", "south", "--file", "desk.csv", "--wait");
    expect(ran).toMatchObject({ exitCode: 0, output: expect.stringContaining("Completed") });
    const listed = await ops(system, "sources", "list");
    expect(listed).toMatchObject({ exitCode: 0, output: expect.stringMatching(/south .*desk\.csv/) });
  });

  test("have daily runs of their own, and four files that one of them refuses are one alarm", async () => {
    for (let store = 1; store <= 4; store++)
      await other.putSnapshot(`S${store}_23112026040000.txt`, `EUR|S${store}|ON_HAND|TEE|12\r\n`);
    const due = "2026-11-23T02:00[UTC] of south";
    const database = await databaseClient(system);
    await database.rows(
      "insert into scheduled_run (run_key, source, due_at, touched_at) values ($1, 'south', now(), now() - interval '1 hour')",
      [due],
    );
    await database.end();
    const refused = await eventually(
      async () => {
        const { items } = (await json("/api/alarms")) as unknown as { items: Record<string, string>[] };
        const found = items.filter((alarm) => alarm.kind === "file-refused");
        expect(found).toHaveLength(1);
        return found;
      },
      { withinMs: 90_000 },
    );
    expect(refused[0]?.message).toMatch(/^4 files of one run were refused/);
  }, 150_000);

  test("are read as their mapping says, and what is not listed becomes what the source said when its file came", async () => {
    const { url, hostKeySha256 } = other;
    const south = { name: "south", url, hostKeySha256, mapping: { encoding: "windows-1252" } };
    const north = (absentRows: string) => ({
      ...{ name: "north", url: system.sftp.url, hostKeySha256: system.sftp.hostKeySha256, absentRows },
      ...{ timeZone: "America/New_York", glob: "AB_*.txt", mapping: nightly },
    });
    await sayToAll(JSON.stringify({ sftp: [north("zero"), south] }));
    const line = (alu: string, sign: string, units: number) =>
      `EUR|001|ON_HAND|Caf\xe9|${alu}|32|30||20261123|20261122|${sign}|${units}|0|DE|\r\n`;
    const put = (name: string, lines: readonly string[]) =>
      system.sftp.putSnapshot(name, Buffer.from(lines.join(""), "latin1"));
    const onHand = async (alu: string) => (await json(`/api/facilities/S901/inventory/ALU/${alu}`)).onHand;

    await put("AB_001_STK_01_23112026040000.txt", [line("JE-ANS", "P", 12), line("CAP", "N", 3), line("TEE", "P", 5)]);
    const tried = await eventually(async () => {
      const answer = await ops(system, "sources", "try", "AB_001_STK_01_23112026040000.txt", "--source", "north");
      expect(answer.output).toMatch(/S901 +ALU +JEANS +12/);
      return answer;
    });
    expect(tried).toMatchObject({ exitCode: 0, output: expect.stringMatching(/S901 +ALU +CAP +-3/) });
    const { resetIds } = await run({ source: "north" });
    expect(await ended(resetIds?.[0])).toMatchObject({ asOf: "2026-11-23T09:00:00.000Z", asOfFrom: "name", rows: 3 });
    expect([await onHand("JEANS"), await onHand("CAP"), await onHand("TEE")]).toEqual([12, -3, 5]);

    await put("AB_001_STK_01_24112026040000.txt", [line("JE-ANS", "P", 11), line("CAP", "N", 3)]);
    const [held] = (await run({ source: "north" })).resetIds ?? [];
    await eventually(async () => expect((await json(`/api/resets/${held}`)).state).toBe("completed-with-holds"));
    await say(JSON.stringify({ sftp: [north("keep"), south] }));
    const asked = await (await system.board(`/resets/${held}`)).text();
    expect(asked).toContain("The other one becomes 0.");
    expect((await system.board(`/api/resets/${held}/facilities/S901/approve`, {})).status).toBe(200);
    expect([await onHand("JEANS"), await onHand("CAP"), await onHand("TEE")]).toEqual([11, -3, 0]);
  });

  test("have their rejected rows corrected in whatever encoding they write", async () => {
    const well = Array.from({ length: 20 }, (_, hat) => `S777,ALU,HAT-${hat},1\n`).join("");
    const text = `facilityId,idType,idValue,quantity\nS777,ALU,M\xdcTZE,x1\n${well}`;
    await other.putSnapshot("hats.csv", Buffer.from(text, "latin1"));
    const [first] = (await run({ source: "south", file: "hats.csv" })).resetIds ?? [];
    expect(await ended(first)).toMatchObject({ rows: 21, rejected: 1 });
    const rows = [{ line: 2, values: { quantity: "5" } }];
    const answer = await system.board(`/api/resets/${first}/repair`, { rows });
    const [repair] = ((await answer.json()) as { resetIds: string[] }).resetIds;
    expect(await ended(repair)).toMatchObject({ state: "completed", rejected: 0, repairOf: first });
    expect((await json(`/api/facilities/S777/inventory/ALU/${encodeURIComponent("M\u00dcTZE")}`)).onHand).toBe(5);
  });

  test("stay in force while their file has a mistake, which is told", async () => {
    await say('{"sftp": [{"name": "north"}]}');
    await eventually(async () => expect((await sources()).fault).toContain("/sftp/0/url"));
    expect(await names()).toEqual(["north", "south"]);
    const page = await (await system.board("/sources")).text();
    expect(page).toContain("The sources that were read before stay in force.");
  });
});
