// What no honest client sends: requests that never end, that can be read in two ways, that go by another name. Each is
// answered with a problem or cut off, nothing is queued, no answer tells of versions or of the code, and ingest goes on.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyDatabase, eventually, type FreshDatabase } from "../../../tests/support/index.ts";
import { type IngestProcess, startIngestProcess } from "./ingest-process.ts";
import { openConnection, openRequest, postHead } from "./raw-connection.ts";

const sale = {
  ...{ eventId: "e-1", facilityId: "S001", type: "sale", occurredAt: "2026-11-23T10:15:00Z" },
  lines: [{ sku: "A", quantity: 1 }],
};
const body = JSON.stringify(sale);
const revealing = /\bat .*\.[jt]s:\d+|node_modules|x-powered-by|^server:|express|v\d+\.\d+\.\d+/im;

const junkKey = "isk_junk";
const junkClient = { name: "junk", keys: [junkKey], facilities: ["S001"], types: ["sale" as const] };

let database: FreshDatabase;
let ingest: IngestProcess;
beforeAll(async () => {
  database = await emptyDatabase();
  const env = { INGEST_HEADERS_SECONDS_MAX: "1", INGEST_REQUEST_SECONDS_MAX: "2" };
  ingest = await startIngestProcess({ queueUrl: database.url, clients: [junkClient], env });
});
afterAll(async () => {
  await ingest?.stop();
  await database?.drop();
});

/** Writes the text and waits until the server has closed the connection. */
async function answerTo(text: string): Promise<string> {
  const connection = openConnection(ingest);
  connection.write(text);
  return connection.answer;
}
const statusesOf = (answer: string): number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));

async function expectNothingQueued(): Promise<void> {
  expect(await ingest.queued()).toEqual([]);
  expect((await ingest.get("/healthz")).status).toBe(200);
}

const closed = "Connection: close";
const lengthOf = (text: string) => `Content-Length: ${Buffer.byteLength(text)}`;

describe("a request that can be read in two ways is refused", () => {
  it.each<[string, (post: (...headers: string[]) => string) => string]>([
    ["a length and chunks", (post) => `${post(lengthOf(body), "Transfer-Encoding: chunked", closed)}\r\n0\r\n\r\n`],
    ["chunks and a length", (post) => `${post("Transfer-Encoding: chunked", lengthOf(body), closed)}\r\n${body}`],
    ["two lengths", (post) => `${post(lengthOf(body), "Content-Length: 5", closed)}\r\n${body}`],
    ["a length of two values", (post) => `${post("Content-Length: 5, 6", closed)}\r\n${body}`],
    ["a negative length", (post) => `${post("Content-Length: -1", closed)}\r\n${body}`],
    ["a length with a sign", (post) => `${post(`Content-Length: +${body.length}`, closed)}\r\n${body}`],
    [
      "chunks that are not the last encoding",
      (post) => `${post("Transfer-Encoding: chunked, identity", closed)}\r\n${body}`,
    ],
    [
      "a chunk size that is none",
      (post) => `${post("Transfer-Encoding: chunked", closed)}\r\nzz\r\n${body}\r\n0\r\n\r\n`,
    ],
    ["a blank before a colon", (post) => `${post(`Content-Length : ${body.length}`, closed)}\r\n${body}`],
    ["a folded header", (post) => `${post(lengthOf(body), "X-A: a", " b", closed)}\r\n${body}`],
    ["a NUL in a header", (post) => `${post(lengthOf(body), "X-A: a\0b", closed)}\r\n${body}`],
  ])("%s", async (_what, request) => {
    const answer = await answerTo(request((...headers) => postHead(ingest, ...headers)));
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).toMatch(/^content-type: application\/problem\+json/im);
    expect(answer).not.toMatch(revealing);
    await expectNothingQueued();
  });

  it.each<[string, number, (post: (...headers: string[]) => string) => string]>([
    ["no host", 400, (post) => `${post(lengthOf(body)).replace("Host: ingest\r\n", "")}\r\n${body}`],
    ["two hosts", 400, (post) => `${post(lengthOf(body), "Host: elsewhere")}\r\n${body}`],
    ["the same host twice", 400, (post) => `${post(lengthOf(body), "Host: ingest")}\r\n${body}`],
    ["an encoding beside chunks", 501, (post) => `${post("Transfer-Encoding: gzip, chunked")}\r\n0\r\n\r\n`],
    ["no version, as HTTP/0.9 has it", 400, () => "GET /healthz\r\n\r\n"],
    ["the version 0.9", 400, (post) => `${post(lengthOf(body)).replace("HTTP/1.1", "HTTP/0.9")}\r\n${body}`],
  ])("%s: %i, as a problem, and the connection is closed", async (_what, status, request) => {
    const answer = await answerTo(request((...headers) => postHead(ingest, ...headers)));
    expect(statusesOf(answer)).toEqual([status]);
    expect(answer).toContain("application/problem+json");
    expect(answer).not.toMatch(revealing);
    await expectNothingQueued();
  });

  it("a header block without end, and more headers than anybody needs", async () => {
    const large = await answerTo(`${postHead(ingest, `X-A: ${"a".repeat(100_000)}`)}\r\n`);
    expect(statusesOf(large)).toEqual([431]);
    const many = Array.from({ length: 5_000 }, (_, index) => `X-${index}: a`);
    expect(statusesOf(await answerTo(`${postHead(ingest, ...many, lengthOf(body))}\r\n${body}`))).toEqual([431]);
    await expectNothingQueued();
  });

  it("what is sent after a whole request is a request of its own, and garbage is refused as such", async () => {
    const unknown = JSON.stringify({ ...sale, unknown: 1 });
    const first = `${postHead(ingest, lengthOf(unknown))}\r\n${unknown}`;
    const answer = await answerTo(`${first}GARBAGE AFTER IT\r\n\r\n`);
    expect(statusesOf(answer)).toContain(400);
    expect(answer).not.toMatch(revealing);
    await expectNothingQueued();
    const two = await answerTo(`${first}GET /healthz HTTP/1.1\r\nHost: a\r\n${closed}\r\n\r\n`);
    expect(statusesOf(two)).toEqual([422, 200]);
  });
});

describe("a request that does not end", () => {
  it("is cut off when its headers do not arrive in time, with the reason", async () => {
    const connection = openConnection(ingest);
    connection.write(`${postHead(ingest)}X-Slow: `);
    const drip = setInterval(() => connection.write("a"), 100);
    const answer = await connection.answer;
    clearInterval(drip);
    expect(statusesOf(answer)).toEqual([408]);
    expect(answer).toContain("its headers within 1 s");
    await expectNothingQueued();
  });

  it("is cut off when its body does not arrive in time, also when it drips, and frees its place", async () => {
    const silent = openRequest(ingest, body.slice(0, 20), body.length);
    const dripping = openRequest(ingest, body.slice(0, 1), 100_000);
    const drip = setInterval(() => dripping.write(" "), 100);
    const answers = await Promise.all([silent.answer, dripping.answer]);
    clearInterval(drip);
    for (const answer of answers) expect(statusesOf(answer)).toEqual([408]);
    const inFlight = 'ingest_requests_in_flight{app="ingest"} 0';
    await eventually(async () => (await ingest.get("/metrics")).text.includes(inFlight));
    await expectNothingQueued();
  });

  it("is forgotten when the client goes away in the middle of its body", async () => {
    openRequest(ingest, body.slice(0, 20), body.length).end();
    const inFlight = 'ingest_requests_in_flight{app="ingest"} 0';
    await eventually(async () => (await ingest.get("/metrics")).text.includes(inFlight));
    await expectNothingQueued();
  });
});

describe("expectations", () => {
  it("100-continue is answered before the body is sent, and then the request", async () => {
    const wrong = JSON.stringify({ ...sale, unknown: 1 });
    const connection = openConnection(ingest);
    connection.write(`${postHead(ingest, lengthOf(wrong), "Expect: 100-continue", closed)}\r\n`);
    await eventually(() => statusesOf(connection.received()).includes(100));
    connection.write(wrong);
    expect(statusesOf(await connection.answer)).toEqual([100, 422]);
  });

  it("a body of the wrong size, type or key is not asked for", async () => {
    const ask = (...headers: string[]) =>
      answerTo(`${postHead(ingest, "Expect: 100-continue", closed, ...headers)}\r\n`);
    expect(statusesOf(await ask("Content-Length: 90000000"))).toEqual([413]);
    const asked = `${postHead(ingest, "Expect: 100-continue", closed, lengthOf(body))}\r\n`;
    expect(statusesOf(await answerTo(asked.replace(ingest.key, "isk_nobody")))).toEqual([401]);
    expect(statusesOf(await answerTo(asked.replace("application/json", "text/plain")))).toEqual([415]);
  });

  it("another expectation is refused", async () => {
    const answer = await answerTo(`${postHead(ingest, lengthOf(body), "Expect: a-miracle", closed)}\r\n${body}`);
    expect(statusesOf(answer)).toEqual([417]);
    expect(answer).toContain("application/problem+json");
    await expectNothingQueued();
  });
});

describe("a body that is large and worth nothing", () => {
  const million = 1_000_000;
  const zeros = (count: number) => "0".repeat(count);
  const hotwax = { facilityId: "S001", idType: "SKU", idValue: "A", availableDelta: `0.${zeros(million)}1` };
  const item = { item_pos: 1, item_type: 1, quantity: `0.${zeros(million)}1`, alu: "A" };
  const document = { sid: "1", status: 4, receipt_type: 0, store_number: 1, created_datetime: sale.occurredAt };
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `"f${index}":0`).join(",");
  const rows: { what: string; sent: string; path?: string; type?: string; status?: number }[] = [
    { what: "a number of 60,000 zeros", sent: `{"q":1.${zeros(60_000)}1}` },
    { what: "a number of 400,000 zeros", sent: `{"q":1.${zeros(400_000)}1}` },
    { what: "a number of a megabyte", sent: `{"q":1.${zeros(million)}1}` },
    { what: "a whole number of a megabyte", sent: `[${"9".repeat(million)}]` },
    { what: "half a million elements", sent: `[${"0,".repeat(million / 2)}0]` },
    { what: "100,000 unknown fields", sent: `{${fields(85_000)}}` },
    { what: "unknown fields in a thousand events", sent: `[${`{${fields(49)}},`.repeat(999)}{}]` },
    { what: "arrays in arrays", sent: `[${`{"a":[${"0,".repeat(500)}0]},`.repeat(900)}{}]` },
    { what: "a million blank lines", sent: "\n".repeat(million), type: "application/x-ndjson" },
    { what: "a million line feeds and no JSON", sent: `${"\n".repeat(million)}x`, status: 400 },
    {
      what: "HotWax's change as text",
      sent: JSON.stringify(hotwax),
      path: "/api/service/updateInventoryByIdentification",
    },
    {
      what: "Prism's quantity as text",
      sent: JSON.stringify({ ...document, items: [item] }),
      path: "/v1/prism/documents",
    },
  ];

  it.each(rows)("$what is refused while others are heard", async ({ sent, path, type, status: expected = 422 }) => {
    const headers = { authorization: `Bearer ${junkKey}`, "content-type": type ?? "application/json" };
    const startedAtMs = performance.now();
    const refused = ingest.post(path ?? "/v1/events", sent, headers);
    let refusedAtMs = 0;
    let longestMs = 0;
    void refused.then(() => {
      refusedAtMs = performance.now();
    });
    // However quickly it is refused, somebody has asked meanwhile.
    do {
      const askedAtMs = performance.now();
      expect((await ingest.get("/healthz")).status).toBe(200);
      longestMs = Math.max(longestMs, performance.now() - askedAtMs);
    } while (refusedAtMs === 0);
    const { status, body: problem } = await refused;
    expect(status).toBe(expected);
    expect(problem.errors?.length ?? 0).toBeLessThanOrEqual(100);
    // Looked at in time that grows by the square of its length, the first of these takes seconds, the others minutes.
    expect(longestMs).toBeLessThan(1_000);
    expect(refusedAtMs - startedAtMs).toBeLessThan(5_000);
    await expectNothingQueued();
  });

  const medianOf = (times: readonly number[]): number =>
    times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

  it("sent over 32 connections at full speed leaves another client's sales as they were", async () => {
    const flood = { stopped: false, times: [] as number[] };
    const send = async (sent: string): Promise<void> => {
      while (!flood.stopped) {
        const askedAtMs = performance.now();
        const { status } = await ingest.post("/v1/events", sent, { authorization: `Bearer ${junkKey}` });
        expect([408, 422, 429, 503]).toContain(status);
        flood.times.push(performance.now() - askedAtMs);
      }
    };
    const bodies = [rows[3], rows[4], rows[5], rows[7]].flatMap((row) => Array<string>(8).fill(row?.sent ?? ""));
    const floods = Promise.all(bodies.map(send));
    await eventually(() => flood.times.length > 0);
    const times: number[] = [];
    for (let count = 0; count < 50; count++) {
      const askedAtMs = performance.now();
      // One whose body does not arrive in time, as on a machine that is busy otherwise, is sent again, as a till does.
      let status: number;
      do ({ status } = await ingest.post("/v1/events", { ...sale, eventId: `e-${count}` }));
      while (status === 408);
      expect(status).toBe(202);
      times.push(performance.now() - askedAtMs);
    }
    flood.stopped = true;
    await floods;
    await ingest.emptyQueue();
    // A tenth of what one of the flood takes, also on a machine that is busy; one that had to wait for its turn among them would take as long as they do.
    expect(medianOf(times)).toBeLessThan(medianOf(flood.times) / 2);
  });
});

describe("what needs no key", () => {
  it("is made anew four times a second at most, however often the numbers are asked for", async () => {
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 300 }, () => ingest.get("/metrics")));
    const madeMax = 2 + (performance.now() - startedAt) / 250;
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBeLessThanOrEqual(madeMax);
    await eventually(async () => (await ingest.get("/metrics")).text !== answers[0]?.text);
  });
});

describe("a call by another name", () => {
  const request = (line: string, ...headers: string[]) =>
    answerTo(`${postHead(ingest, lengthOf(body), closed, ...headers).replace(/^.*/, `${line} HTTP/1.1`)}\r\n${body}`);

  it.each([
    ...["//v1/events", "/v1//events", "/v1/events/", "/V1/EVENTS", "/v1/./events", "/v1/x/../events", "/v1/%2e/events"],
    ...["/v1%2fevents", "/v1/events%00", "/v1/events;a=1", "/v1\\events", "/v1/events%", "/../v1/events", "/v1/%ff"],
    ...["/__proto__", "/constructor", `/${"a/".repeat(5_000)}`],
  ])("%s is not there", async (path) => {
    const answer = await request(`POST ${path}`);
    expect(statusesOf(answer)).toEqual([404]);
    expect(answer).toContain("application/problem+json");
    expect(answer).not.toMatch(revealing);
    await expectNothingQueued();
  });

  it("a path with a control character is no request", async () => {
    expect(statusesOf(await request("POST /v1/ev\0ents"))).toEqual([400]);
    expect(statusesOf(await request("POST /v1/events\thidden"))).toEqual([400]);
  });

  it.each(["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])("%s is not taken", async (method) => {
    const answer = await request(`${method} /v1/events`);
    expect(statusesOf(answer)).toEqual([405]);
    expect(answer).toMatch(/^allow: POST/im);
    // TRACE would send the key back.
    expect(answer).not.toContain(ingest.key);
    await expectNothingQueued();
  });

  it.each(["post", "POS", "BREW", "P\u00d6ST"])("%s is no method", async (method) => {
    expect(statusesOf(await request(`${method} /v1/events`))).toEqual([400]);
  });

  it("a tunnel is not dug, a protocol is not changed, and a method in a header counts for nothing", async () => {
    expect(statusesOf(await answerTo("CONNECT inside:22 HTTP/1.1\r\nHost: inside:22\r\n\r\n"))).not.toContain(200);
    const upgrade = await answerTo(
      `GET /healthz HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n`,
    );
    expect(statusesOf(upgrade)).toEqual([200]);
    expect(statusesOf(await request("GET /v1/events", "X-HTTP-Method-Override: POST"))).toEqual([405]);
    await expectNothingQueued();
  });

  it.each([
    "http://evil.example/v1/events",
    "https://ingest/v1/events",
    "HTTP://ingest/v1/events",
    "v1/events",
    "/v1/events#x",
    "/v1/events?a#/healthz",
    "*",
  ])("%s is no address of this server, and the host of a request is not sent back", async (target) => {
    const answer = await request(`POST ${target}`, "X-Forwarded-Host: evil.example");
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).toContain("application/problem+json");
    expect(answer).not.toContain("evil.example");
    await expectNothingQueued();
  });
});

describe("no answer", () => {
  it("tells what ingest is made of", async () => {
    const paths = ["/", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/v1/events", "/favicon.ico"];
    for (const path of paths) {
      const answer = await ingest.get(path);
      const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      expect(`${path} ${headers}`).not.toMatch(revealing);
      expect(`${path} ${answer.text}`).not.toMatch(/node_modules|\bat .*\.[jt]s:\d+|v\d+\.\d+\.\d+|express/i);
    }
  });

  it("may be kept, framed or guessed at by a browser", async () => {
    const { headers } = await ingest.get("/docs");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect((await ingest.post("/v1/events", "{")).headers.get("cache-control")).toBe("no-store");
  });
});
