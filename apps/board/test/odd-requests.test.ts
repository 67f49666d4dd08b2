// What no page and no program of ours sends: each is refused in words, nothing is a fault of the board's, and nobody can make it work
// without bound.
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathParameters } from "@inventory-sync/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpoints } from "../src/routes.ts";
import { startTestBoard, type TestBoard, token } from "./support.ts";

const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const oddBodies: readonly string[] = [
  '{"file":{"toString":1}}',
  '{"error":{"toString":null}}',
  '{"jobIds":[{"toString":1}]}',
  '{"error":"\\u0000"}',
  '{"facilityId":"\\u0000"}',
  '{"jobIds":["\\u0000"]}',
  '{"file":"a\\u0000.csv"}',
  '{"note":"\\u0000"}',
  '{"note":"\\u202egnp.exe"}',
  '{"queue":{"toString":1}}',
  '{"facilityIds":[null,{"valueOf":1}]}',
  '{"since":"-271821-04-20T00:00:00Z"}',
  '{"__proto__":{"file":"x"}}',
  "[]",
  "null",
  '"text"',
  "1e999",
  "{",
  "",
  `{"file":"${"x".repeat(400_000)}"}`,
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
];
/** Of a reset that could be, and is not. */
const id = "4c932f9a-ba8a-4359-9004-090f721fa308";
const oddNames = ["%00", "%2e%2e", "%ff", "x".repeat(5_000), "%F0%9F%98%80", "'", "__proto__", "%0a", id];
const cursorOf = (place: unknown) => Buffer.from(JSON.stringify(place)).toString("base64url");
const oddQueries = [
  ...[
    "limit=0",
    "limit=1e9",
    "limit=-1",
    "limit=1&limit=2",
    "cursor=x",
    "cursor=%00",
    "at=yesterday",
    "at=-271821-04-20T00:00:00Z",
    "at=%00",
  ],
  ...["-271821-04-20T00:00:00Z", "+275760-09-13T00:00:00Z", "0001-01-01T00:00:00Z", "x"].map(
    (createdAt) => `cursor=${cursorOf({ createdAt, id })}`,
  ),
  ...[null, "\u0000", -1, 1e99, {}, [], { recordedAt: "-004714-01-01T00:00:00Z", line: 1 }].map(
    (place) => `cursor=${cursorOf(place)}`,
  ),
  ...["error=%00", "facility=%00", "groupBy=%00", "state=%00", "topic=%00", "q=%00%25_", "page=0", "page=999999999"],
];

describe("the board, sent what is odd,", () => {
  let board: TestBoard;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "odd-requests-"));
    const clientsFile = join(folder, "clients.json");
    const keys = [createHash("sha256").update(token).digest("hex")];
    await writeFile(clientsFile, JSON.stringify({ clients: [{ name: "pos", keys, facilities: "*", types: "*" }] }));
    board = await startTestBoard({ INGEST_CLIENTS_FILE: clientsFile });
  });
  afterAll(async () => {
    await board.stop();
    await rm(folder, { recursive: true });
  });

  const writes = endpoints.filter(({ method, access }) => method === "post" && access !== "anyone");
  const reads = endpoints.filter(({ method, path }) => method === "get" && path !== "/live");
  const filled = (path: string, name: string) => path.replace(/\{\w+\}/g, name);

  it("refuses each body and each name of a write, and nothing of it is a fault of its own", async () => {
    expect(writes.length).toBeGreaterThan(5);
    const answers: [string, string, number][] = [];
    for (const { path } of writes) {
      for (const name of pathParameters(path).length > 0 ? oddNames : [""])
        for (const body of name === "" || name === "%00" || name === id ? oddBodies : ["{}"])
          answers.push([
            filled(path, name),
            body.slice(0, 40),
            (await fetch(`${board.url}${filled(path, name)}`, { method: "POST", headers, body })).status,
          ]);
    }
    // An empty body counts as {}, which some calls take.
    expect(answers.filter(([, , status]) => status >= 500 || status < 200)).toEqual([]);
    expect(answers.filter(([, body, status]) => status < 400 && body !== "" && body !== "{}")).toEqual([]);
  });

  it("answers each odd query of each list and page without a fault of its own", async () => {
    const faults: [string, number][] = [];
    for (const { path } of reads) {
      for (const name of pathParameters(path).length > 0 ? ["S001", ...oddNames] : [""])
        for (const query of name === "" || name === "S001" ? oddQueries : [""]) {
          const target = `${filled(path, name)}?${query}`;
          const { status } = await fetch(`${board.url}${target}`, {
            headers: { ...headers, accept: "text/html" },
            redirect: "manual",
          });
          if (status >= 500) faults.push([target, status]);
        }
    }
    expect(faults).toEqual([]);
  });

  it.each([
    ["GET http://evil.example/api/facilities HTTP/1.1\r\nHost: board", 400],
    ["GET /api/facilities#x HTTP/1.1\r\nHost: board", 400],
    ["GET /api/facilities HTTP/1.1", 400],
    ["GET /api/facilities HTTP/1.1\r\nHost: a\r\nHost: b", 400],
    ["POST /api/resets HTTP/1.1\r\nHost: board\r\nTransfer-Encoding: gzip, chunked", 501],
  ])("refuses %j as a problem, with %i", async (head, status) => {
    const socket = connect(Number(new URL(board.url).port), "127.0.0.1");
    socket.write(`${head}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    let answer = "";
    for await (const part of socket) answer += String(part);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain("application/problem+json");
    expect(answer).not.toContain("evil.example");
  });

  it("keeps twenty live pages of one identity, of topics that can be, and serves others meanwhile", async () => {
    const open = new AbortController();
    const live = (topic: string) => fetch(`${board.url}/live?topic=${topic}`, { headers, signal: open.signal });
    for (const topic of ["reset:xxxx", "reset:", "facility:%20x", "overview:x", "nothing", "reset"])
      expect([topic, (await live(topic)).status]).toEqual([topic, 404]);
    const statuses: number[] = [];
    for (let page = 0; page < 23; page += 1) statuses.push((await live("alarms")).status);
    expect(statuses).toEqual([...Array(20).fill(200), 429, 429, 429]);
    expect((await board.json("/api/facilities")).status).toBe(200);
    open.abort();
    await expect
      .poll(
        async () => {
          const again = new AbortController();
          const { status } = await fetch(`${board.url}/live?topic=alarms`, { headers, signal: again.signal });
          again.abort();
          return status;
        },
        { timeout: 60_000 },
      )
      .toBe(200);
  });

  it("shows the oldest two hundred of very many files that wait, and says how many there are", async () => {
    for (let number = 100; number < 305; number += 1)
      await board.sftp.putSnapshot(`f${number}.csv`, "store,sku,qty\nS,A,1\n");
    // The page is made from a look of some seconds ago.
    await expect
      .poll(async () => (await board.call("/resets")).text(), { timeout: 60_000 })
      .toContain("The oldest 200 of 205 files");
    const page = await (await board.call("/resets")).text();
    expect(page.match(/id="file-/g)).toHaveLength(200);
  });
});
