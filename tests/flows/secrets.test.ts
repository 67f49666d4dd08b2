// No secret ever leaves the files it is kept in: the whole system is made to fail in every way there is, and then everything
// it said is searched: logs, answers, metrics, argument lists, what stands in Redis and what PostgreSQL wrote to its disk.
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { migrate } from "@inventory-sync/db";
import { findRedisServer, type PrivateServer, startPostgres, startRedis } from "@inventory-sync/local";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, freshFolder, type System, startProcess, startSystem, whyNoRedis } from "../support/index.ts";
import { ops } from "./operator.ts";

/** Many processes are started and stopped, on a machine that is busy with other tests. */
const stepMsMax = 150_000;
const marked = (name: string) => `${name}-${randomBytes(9).toString("hex")}`;
/** Kept nowhere but in this test: what somebody tries in place of the right secret is a secret of some other place. */
const wrong = { key: marked("wrongkey"), token: marked("wrongtoken"), password: marked("wrongpassword") };
const own = { signingSecret: `whsec_${randomBytes(24).toString("base64")}` };
const signer = marked("signerkey");

describe.skipIf(whyNoRedis() !== undefined)("secrets", () => {
  let folder: string;
  let postgres: PrivateServer;
  let redis: PrivateServer;
  let system: System;
  /** Everything that was said, by where it was said. */
  const said = new Map<string, string>();
  const secrets = new Map<string, string>();

  const note = (where: string, text: string) => said.set(where, `${said.get(where) ?? ""}${text}\n`);
  const hear = async (where: string, response: Promise<Response>): Promise<number> => {
    const answer = await response;
    note(where, `${[...answer.headers].join("\n")}\n${await answer.text()}`);
    return answer.status;
  };
  const noteLogs = () => {
    for (const [name, app] of Object.entries(system.processes)) note(`the log of ${name}`, app.output());
  };

  beforeAll(async () => {
    folder = await freshFolder("secrets");
    postgres = await startPostgres({ dataDir: join(folder, "postgres"), settings: { log_statement: "all" } });
    redis = await startRedis({ dataDir: join(folder, "redis"), program: findRedisServer() ?? "" });
    await migrate(postgres.url);
    const alerts = `http://alerts:${wrong.password}@127.0.0.1:1/hook`;
    system = await startSystem({
      backend: "postgres",
      env: {
        ...{ DATABASE_URL: postgres.url, QUEUE_URL: redis.url, WORKER_PORT: "0", LOG_LEVEL: "trace" },
        ...{ ALERT_WEBHOOK_URL: alerts, ACCEPT_INTO: "inbox" },
      },
    });
    const passwordOf = (url: string) => decodeURIComponent(new URL(url).password);
    for (const [name, secret] of Object.entries({
      ...{ "the ingest key": system.ingestKey, "the board token": system.boardToken },
      ...{ "the database's password": passwordOf(postgres.url), "the queue's password": passwordOf(redis.url) },
      ...{
        "the SFTP password": system.sftp.password,
        "the signing secret": own.signingSecret,
        "the signer's key": signer,
      },
      ...{ "a wrong key": wrong.key, "a wrong token": wrong.token, "a wrong password": wrong.password },
    }))
      secrets.set(name, secret);
    const hash = (key: string) => createHash("sha256").update(key).digest("hex");
    const any = { facilities: "*", types: "*" };
    const clients = [
      { name: "pos", keys: [hash(system.ingestKey)], ...any },
      { name: "signer", keys: [hash(signer)], signingSecret: own.signingSecret, ...any },
    ];
    await writeFile(system.env.INGEST_CLIENTS_FILE ?? "", JSON.stringify({ clients }));
    await eventually(async () => (await post(signer, sale("e-0"))) === 401);
  });
  afterAll(async () => {
    await system?.stop();
    await redis?.stop();
    await postgres?.stop();
  });

  const sale = (eventId: string) => ({
    ...{ eventId, facilityId: "S001", type: "sale", occurredAt: "2026-11-01T10:00:00Z" },
    lines: [{ sku: "X", quantity: 1 }],
  });
  const post = (key: string, body: unknown, headers: Record<string, string> = {}) =>
    hear(
      "an answer of ingest",
      fetch(`${system.ingestUrl}/v1/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  const lookAround = async () => {
    const open = ["/readyz", "/metrics", "/healthz", "/openapi.json", "/docs"].flatMap((path) => [
      hear(`${path} of ingest`, fetch(`${system.ingestUrl}${path}`)),
      hear(`${path} of the board`, fetch(`${system.boardUrl}${path}`)),
    ]);
    const read = [
      "/api/facilities",
      "/api/resets",
      "/api/jobs/failed?groupBy=error",
      "/api/jobs/failed",
      "/api/requests",
    ];
    const failed = "/queues/api/queues?activeQueue=events&status=failed&page=1&jobsPerPage=50";
    await Promise.all([...open, ...[...read, failed].map((path) => hear(`${path} of the board`, system.board(path)))]);
    noteLogs();
    await noteArguments();
  };
  const noteArguments = async () => {
    for (const name of await readdir("/proc").catch(() => [])) {
      if (!/^\d+$/.test(name)) continue;
      const read = (file: string) => readFile(`/proc/${name}/${file}`, "utf8").catch(() => "");
      note("the argument list of a process", `${await read("cmdline")} ${await read("comm")}`);
    }
  };

  test("are heard by nobody while people and machines give wrong ones", { timeout: stepMsMax }, async () => {
    expect(await post(wrong.key, sale("e-1"))).toBe(401);
    expect(await post(system.ingestKey, "{not JSON")).toBe(400);
    expect(await post(system.ingestKey, { ...sale("e-1"), unknown: true })).toBe(422);
    const signature = { "webhook-id": "m-1", "webhook-timestamp": String(Math.floor(Date.now() / 1_000)) };
    expect(await post(signer, sale("e-1"), { ...signature, "webhook-signature": `v1,${wrong.key}` })).toBe(401);
    expect(await post(system.ingestKey, sale("e-1"))).toBe(202);
    const authorization = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const asked = fetch(`${system.boardUrl}/api/facilities`, authorization(wrong.token));
    expect(await hear("an answer of the board", asked)).toBe(401);
    const body = new URLSearchParams({ user: "admin", name: "admin", password: wrong.password });
    const login = fetch(`${system.boardUrl}/login`, { method: "POST", body, redirect: "manual" });
    expect(await hear("the board's login", login)).toBeGreaterThanOrEqual(400);
    await lookAround();
  });

  test("are heard by nobody while SFTP refuses the worker and the board, and an event cannot be applied", {
    timeout: stepMsMax,
  }, async () => {
    const sftp = new URL(system.sftp.url);
    sftp.password = wrong.password;
    for (const app of ["worker", "board"] as const) {
      await system.processes[app].stop();
      system.processes[app] = await startProcess(app, { ...system.env, SFTP_URL: sftp.href });
    }
    const board = `http://127.0.0.1:${system.processes.board.port}`;
    const run = fetch(`${board}/api/resets`, {
      method: "POST",
      headers: { authorization: `Bearer ${system.boardToken}`, "content-type": "application/json" },
      body: JSON.stringify({ file: "stock.csv" }),
    });
    expect(await hear("a reset that cannot begin", run)).toBeGreaterThanOrEqual(400);
    expect((await ops({ ...system, env: { ...system.env, SFTP_URL: sftp.href } }, "reset", "run")).exitCode).not.toBe(
      0,
    );
    await eventually(async () => {
      const count = await fetch(`${board}/api/facilities`, {
        headers: { authorization: `Bearer ${system.boardToken}` },
      });
      return (await count.text()).includes("S001");
    });
    await post(system.ingestKey, { ...sale("e-1"), lines: [{ sku: "X", quantity: 7 }] });
    await eventually(async () => {
      const page = await fetch(`${board}/api/jobs/failed`, {
        headers: { authorization: `Bearer ${system.boardToken}` },
      });
      const text = await page.text();
      note("failed jobs", text);
      return text.includes("EVENT_ID_REUSED");
    });
    noteLogs();
    await noteArguments();
    await system.restart("worker");
    await system.restart("board");
  });

  test("are heard by nobody when the settings are wrong", { timeout: stepMsMax }, async () => {
    const url = (scheme: string) => `${scheme}://user:${wrong.password}@127.0.0.1:1/x`;
    // Addresses with a password that are of another kind, that end in the middle, and that are none.
    const faults = {
      ...{ SFTP_URL: url("ftp"), DATABASE_URL: `postgres://user:${wrong.password}` },
      ...{ QUEUE_URL: `redis:/user:${wrong.password}@host`, BOARD_TOKEN: "short" },
    };
    const env = { ...system.env, INGEST_PORT: "0", ...faults };
    const starts = ["ingest", "worker", "board"].map(async (app) => {
      const ended = await startProcess(app, env).catch((error: { output: string; exit: unknown }) => error);
      note(`${app} with wrong settings`, typeof ended.output === "string" ? ended.output : ended.output());
      expect("exit" in ended && ended.exit).toBe(78);
    });
    const { exitCode, output } = await ops({ ...system, env }, "reset", "run");
    expect(exitCode).toBe(78);
    note("ops with wrong settings", output);
    await Promise.all(starts);
    const user = new URL(postgres.url);
    user.password = wrong.password;
    const refused = await ops({ ...system, env: { ...system.env, DATABASE_URL: user.href } }, "audit");
    expect(refused.output).toContain("password authentication failed");
    note("ops audit with a wrong password", refused.output);
  });

  test("are heard by nobody while the database and the queue are dead", { timeout: stepMsMax }, async () => {
    await postgres.kill();
    expect(await post(system.ingestKey, sale("e-2"))).toBe(503);
    await lookAround();
    await redis.kill();
    expect(await post(system.ingestKey, sale("e-3"))).toBe(503);
    const commands = [["audit"], ["jobs", "failed"], ["keys", "list"]].map(async (words) =>
      note(`ops ${words.join(" ")} with dead servers`, (await ops(system, ...words)).output),
    );
    await Promise.all(commands);
    await lookAround();
    await Promise.all(Object.values(system.processes).map((app) => app.stop()));
    noteLogs();
  });

  test("stand in nothing that was said", () => {
    const places = ["the log of ingest", "the log of worker", "the log of board", "the argument list of a process"];
    for (const place of places) expect(said.get(place)?.length, place).toBeGreaterThan(100);
    expect(said.get("the argument list of a process")).toMatch(/redis[\s\S]*postgres|postgres[\s\S]*redis/);
    expect(heardIn([...said].map(([where, text]) => ({ where, bytes: Buffer.from(text) })))).toEqual([]);
  });

  test("stand in no job, no event and no log of a server", async () => {
    const files = [...(await filesBelow(join(folder, "redis"))), ...(await filesBelow(join(folder, "postgres")))];
    // Where the servers keep their own passwords, for their owner only.
    const kept = files.filter((file) => !/(redis\.conf|server\.json)$/.test(file));
    const texts = await Promise.all(kept.map(async (where) => ({ where, bytes: await readFile(where) })));
    expect(texts.some(({ bytes }) => bytes.includes("e-1"))).toBe(true);
    expect(heardIn(texts)).toEqual([]);
  });

  /** Which secrets stand where, as they are or as a URL or a header would have them. */
  function heardIn(texts: readonly { where: string; bytes: Buffer }[]): string[] {
    const forms = (secret: string) =>
      new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]);
    return texts.flatMap(({ where, bytes }) =>
      [...secrets].flatMap(([name, secret]) =>
        [...forms(secret)].some((form) => bytes.includes(form)) ? [`${name} in ${where}`] : [],
      ),
    );
  }
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
