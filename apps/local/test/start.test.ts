// `npm start`: what it leaves on disk and on the screen, and that it never leaves a process behind. A start takes seconds, so what
// can be seen of one and the same start is looked at in turn, until it is stopped and started again; the demo plays meanwhile.
import { execFile } from "node:child_process";
import { chmod, lstat, readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkRights, migrate } from "@inventory-sync/db";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually, freshDatabase } from "../../../tests/support/index.ts";
import type { Credentials } from "../src/launcher/credentials.ts";
import { startPostgres } from "../src/servers/postgres.ts";
import { freshDataDir, type LocalStart, processesNaming, startLocal } from "./start-local.ts";

type Options = Parameters<typeof startLocal>[1];

/** A data folder and the starts on it. */
async function freshPlace() {
  const { dataDir, drop } = await freshDataDir();
  const starts: LocalStart[] = [];
  return {
    dataDir,
    start: (options: Options = {}): LocalStart => {
      const started = startLocal(dataDir, options);
      starts.push(started);
      return started;
    },
    nothingLeft: () => eventually(async () => (await processesNaming(dataDir)).size === 0, { withinMs: 90_000 }),
    clear: async () => {
      for (const { child, exited } of starts) {
        child.kill("SIGTERM");
        await exited;
      }
      await drop();
    },
  };
}
type Place = Awaited<ReturnType<typeof freshPlace>>;

/** The pid of the folder's process with `words` in its command line. Throws when there is none: signalling 0 would end this run of the tests. */
async function processWith(dataDir: string, words: string): Promise<number> {
  const [pid] = [...(await processesNaming(dataDir))].find(([, command]) => command.includes(words)) ?? [];
  if (pid === undefined) throw new Error(`no process of this start has ${words} in its command line`);
  return pid;
}

// It waits half a minute between its two counts, in which the other starts are looked at.
let demo: Place;
let playing: LocalStart;
beforeAll(async () => {
  demo = await freshPlace();
  playing = demo.start({ args: [] });
});
afterAll(() => demo?.clear());

function sell(credentials: Credentials, eventId: string): Promise<Response> {
  return fetch(`${credentials.ingestUrl}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${credentials.ingestKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      eventId,
      facilityId: "S001",
      type: "sale",
      occurredAt: new Date().toISOString(),
      lines: [{ sku: "A", quantity: 2 }],
    }),
  });
}

function runReset({ boardUrl, boardToken }: Credentials): Promise<Response> {
  const headers = { authorization: `Bearer ${boardToken}`, "content-type": "application/json" };
  return fetch(`${boardUrl}/api/resets`, { method: "POST", headers, body: "{}" });
}

async function onHand({ boardUrl, boardToken }: Credentials, sku = "A"): Promise<number> {
  const headers = { authorization: `Bearer ${boardToken}` };
  const answer = await fetch(`${boardUrl}/api/facilities/S001/inventory/SKU/${sku}`, { headers });
  return ((await answer.json()) as { onHand: number }).onHand;
}

/** The commands by which README sends the first sale, without the look at the result, at this start. */
async function readmeSale(credentialsFile: string, { ingestUrl }: Credentials): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, "../../../README.md"), "utf8");
  const block = readme.slice(readme.indexOf("## Send a sale")).split("```")[1] ?? "";
  const commands = block.slice(block.indexOf("\n"));
  const here = commands
    .replace("./.data/credentials.json", credentialsFile)
    .replace("http://127.0.0.1:3000", ingestUrl);
  return here.replace(/^npm run ops.*$/m, "");
}

async function overview({ boardUrl, boardToken }: Credentials): Promise<string> {
  const headers = { authorization: `Bearer ${boardToken}`, accept: "text/html" };
  return (await fetch(boardUrl, { headers })).text();
}

describe("npm start, once and again", () => {
  let place: Place;
  let started: LocalStart;
  let credentials: Credentials;
  const databaseRoles = {
    DATABASE_ADMIN_URL: "postgres://admin:x@127.0.0.1:1/x",
    OPS_DB_PASSWORD: "not-for-any-process",
  };
  const callers = { BOARD_TOKEN: "x".repeat(32), ALERT_WEBHOOK_URL: "http://127.0.0.1:1/hook" };
  const startAgain = async () => {
    started = place.start({ env: { ...databaseRoles, ...callers } });
    credentials = await started.up();
  };
  beforeAll(async () => {
    place = await freshPlace();
    await startAgain();
  });
  afterAll(() => place?.clear());

  it("takes a sale, and tells whoever runs a reset where files go and that there is none", async () => {
    expect((await readdir(credentials.sftp.root ?? "")).sort()).toEqual(["archive", "error", "incoming", "rejected"]);
    const run = await runReset(credentials);
    expect(run.status).toBe(409);
    expect(await readdir(place.dataDir)).not.toContain("channels.json");
    expect(await run.text()).toContain("No snapshot waits in incoming/. The folder is empty.");
    expect((await sell(credentials, "e1")).status).toBe(202);
    await eventually(async () => (await onHand(credentials)) === -2);
  });

  it("keeps its credentials to their owner, and prints where everything is and how to send a sale", async () => {
    const file = join(place.dataDir, "credentials.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const fields = [
      "ingestUrl",
      "boardUrl",
      "ingestKey",
      "boardToken",
      "boardUser",
      "boardPassword",
      "sftp",
      "database",
      "queue",
    ];
    expect(Object.keys(credentials)).toEqual(fields);
    expect(Object.keys(credentials.sftp)).toEqual(["host", "port", "username", "password", "hostKeySha256", "root"]);
    for (const shown of [file, credentials.ingestUrl, credentials.boardUrl, "curl -X POST", credentials.sftp.root]) {
      expect(started.output()).toContain(shown);
    }
    expect(started.output()).not.toContain(new URL(credentials.database).password);
    expect(started.output()).not.toContain(credentials.ingestKey);
    const curl = /^ {2}(curl -X POST (?:.*\\\n)+.*)$/m.exec(started.output())?.[1] ?? "";
    const { stdout } = await promisify(execFile)("sh", ["-c", curl], { cwd: place.dataDir });
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1 });
    await eventually(async () => (await onHand(credentials, "TEE-RED-M")) === -1);
    await promisify(execFile)("sh", ["-c", await readmeSale(file, credentials)], { cwd: place.dataDir });
    await eventually(async () => (await onHand(credentials, "TEE-RED-M")) === -3);
    expect(await overview(credentials)).toContain(`curl -X POST ${credentials.ingestUrl}/v1/events`);
    // The event now lies in the queue's files, and in the database's.
    const open: string[] = [];
    for (const entry of await readdir(place.dataDir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const mode = (await lstat(path).catch(() => undefined))?.mode ?? 0;
      // Other accounts may pass through a folder to one of their own, and no more.
      if (!entry.isSymbolicLink() && (mode & (entry.isDirectory() ? 0o066 : 0o077)) !== 0) open.push(path);
    }
    expect(open).toEqual([]);
  });

  it("gives each process a role of its own in the database, and ingest none", async () => {
    expect(new URL(credentials.database).username).toBe("inventory_ops");
    const given = async (app: string) => {
      const environment = await readFile(`/proc/${await processWith(place.dataDir, `apps/${app}`)}/environ`, "utf8");
      return /(?:^|\0)DATABASE_URL=(?:postgres:\/\/([^:\0]*))?/.exec(environment)?.[1] ?? "none";
    };
    expect([await given("ingest"), await given("worker"), await given("board")]).toEqual([
      "none",
      "inventory_worker",
      "inventory_board",
    ]);
    expect(await checkRights(credentials.database)).toEqual([]);
  });

  it("tells each process of no address, file or secret that only others read", async () => {
    const toldTo = async (words: string) => {
      const environment = await readFile(`/proc/${await processWith(place.dataDir, words)}/environ`, "utf8");
      const names = environment.split("\0").flatMap((entry) => entry.split("=", 1));
      return names.filter((name) => /^[A-Z].*(?:_URL|_FILE|TOKEN|PASSWORD|SHA256)$/.test(name)).sort();
    };
    const readBy = async (app: string) => {
      const settings = await readFile(join(import.meta.dirname, `../../${app}/src/config.ts`), "utf8");
      return [...settings.matchAll(/^ {2}([A-Z0-9_]+): /gm)].map(([, name]) => name);
    };
    for (const app of ["ingest", "worker", "board"]) {
      const [told, own] = [await toldTo(`apps/${app}`), await readBy(app)];
      expect([app, told.filter((name) => !own.includes(name))]).toEqual([app, []]);
      expect(told).toContain("QUEUE_URL");
    }
    expect(await toldTo("apps/worker")).toContain("ALERT_WEBHOOK_URL");
    expect(await toldTo("servers/main.js")).toEqual([]);
  });

  it("refuses a folder that another start uses, and names that one's process", async () => {
    const second = place.start();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`is in use by another start (process ${started.child.pid})`);
  });

  it("starts an app again that was killed, on the port it had", async () => {
    process.kill(await processWith(place.dataDir, "apps/ingest"), "SIGKILL");
    await eventually(() => started.output().includes("ingest runs again"), { withinMs: 90_000 });
    expect((await sell(credentials, "e-app")).status).toBe(202);
  });

  it("gets its database and queue back when the process that owns them is killed", async () => {
    process.kill(await processWith(place.dataDir, "servers/main.js"), "SIGKILL");
    await eventually(() => started.output().includes("servers runs again"), { withinMs: 90_000 });
    await eventually(async () => (await sell(credentials, "e-back")).status === 202, { withinMs: 90_000 });
    await eventually(async () => (await onHand(credentials)) === -6, { withinMs: 90_000 });
  });

  it("stops on SIGTERM without leaving a process, and finds its data and credentials again", async () => {
    started.child.kill("SIGTERM");
    expect(await started.exited).toBe(0);
    expect(await processesNaming(place.dataDir)).toEqual(new Map());

    // As a version before left it.
    for (const name of ["", "logs", "sftp", "postgres"]) await chmod(join(place.dataDir, name), 0o755);
    const before = credentials;
    await startAgain();
    expect(await onHand(credentials)).toBe(-6);
    for (const name of ["", "logs", "sftp", "postgres"])
      expect([name, (await stat(join(place.dataDir, name))).mode & 0o066]).toEqual([name, 0]);
    const {
      ingestUrl: _i,
      boardUrl: _b,
      sftp: { port: _p, ...sftp },
      ...rest
    } = credentials;
    expect(before).toMatchObject({ ...rest, sftp });
  });

  it("leaves no process when the launcher is killed, and starts again on the same folder at once", async () => {
    expect((await sell(credentials, "e4")).status).toBe(202);
    started.child.kill("SIGKILL");
    await started.exited;
    await startAgain();
    await eventually(async () => (await onHand(credentials)) === -8);
    started.child.kill("SIGKILL");
    await place.nothingLeft();
  });
});

describe("npm start", () => {
  let place: Place;
  beforeEach(async () => {
    place = await freshPlace();
  });
  afterEach(() => place?.clear());

  it("moves a folder of before the roles over, in one line, with the data that are in it", async () => {
    const server = await startPostgres({ dataDir: join(place.dataDir, "postgres") });
    await migrate(server.url);
    const before = new pg.Client({ connectionString: server.url });
    await before.connect();
    await before.query("insert into facility (facility_id) values ('S001')");
    await before.end();
    await server.stop();
    const started = place.start();
    const { boardUrl, boardToken } = await started.up();
    expect(started.output().match(/database of this folder now belongs to a role of its own/g)).toHaveLength(1);
    const answer = await fetch(`${boardUrl}/api/facilities`, { headers: { authorization: `Bearer ${boardToken}` } });
    expect(await answer.text()).toContain("S001");
  });

  it("names the variable of every port that is taken, and starts nothing", async () => {
    const other = createServer();
    const port = await new Promise<number>((done) =>
      other.listen(0, "127.0.0.1", () => done((other.address() as { port: number }).port)),
    );
    const started = place.start({ env: { INGEST_PORT: String(port), SFTP_PORT: String(port) } });
    expect(await started.exited).toBe(78);
    expect(started.output()).toContain(`port ${port} is already in use: set INGEST_PORT to another port`);
    expect(started.output()).toContain(`port ${port} is already in use: set SFTP_PORT to another port`);
    other.close();
  });

  it("reports all faults of its settings together, and ends with code 78", async () => {
    const started = place.start({
      env: { SFTP_URL: "sftp://pos@example.com/in", BOARD_PORT: "many", QUEUE_URL: "amqp://x" },
    });
    expect(await started.exited).toBe(78);
    for (const name of ["SFTP_HOST_KEY_SHA256", "BOARD_PORT", "QUEUE_URL"]) expect(started.output()).toContain(name);
  });

  it("reports the faults of the settings of several processes together, and ends with code 78", async () => {
    const started = place.start({ env: { INGEST_BYTES_PER_SECOND_MAX: "x", RESET_AT: "noon" } });
    expect(await started.exited).toBe(78);
    const [, summary] = started.output().split("could not start, because");
    for (const name of ["INGEST_BYTES_PER_SECOND_MAX", "RESET_AT"]) expect(summary).toContain(name);
  });

  it("starts no database of its own when DATABASE_URL names one, and no Redis when QUEUE_URL does", async () => {
    const database = await freshDatabase();
    const started = place.start({ env: { DATABASE_URL: database.url, QUEUE_URL: database.url } });
    const credentials = await started.up();
    expect(credentials.database).toBe(database.url);
    const commands = [...(await processesNaming(place.dataDir)).values()].join("\n");
    expect(commands).not.toMatch(/bin\/postgres|redis-server/);
    expect((await sell(credentials, "e1")).status).toBe(202);
    await eventually(async () => (await onHand(credentials)) === -2);
    started.child.kill("SIGTERM");
    await started.exited;
    await database.drop();
  });
});

describe("the demo", () => {
  it("shows the corrections of a second count, and goes on selling at the next start", async () => {
    const { output, up, child, exited } = playing;
    const credentials = await up();
    await eventually(() => /opening count is completed: 1200 corrections in 6 facilities/.test(output()), {
      withinMs: 90_000,
    });
    await eventually(() => /second count is completed: \d+ corrections in 6 facilities/.test(output()), {
      withinMs: 90_000,
    });
    expect(output()).toContain("second count is completed: 9 corrections");
    // A sale at the till is in the demo's shop, whose channel the start wrote.
    const channels = await readFile(join(demo.dataDir, "channels.json"), "utf8");
    expect(output()).toContain(`${new URL(JSON.parse(channels).channels[0].url).origin}  (the demo's)`);
    await sell(credentials, "e1");
    const inShop = () => readFile(join(demo.dataDir, "web-shop/levels.jsonl"), "utf8");
    await eventually(async () => /"idValue":"A","onHand":-2,"available":0/.test(await inShop()));
    expect(await readFile(join(demo.dataDir, "demo.json"), "utf8")).toContain("true");
    child.kill("SIGINT");
    expect(await exited).toBe(0);

    const again = demo.start({ args: [] });
    const { boardToken } = await again.up();
    expect(boardToken).toBe(credentials.boardToken);
    await eventually(() => again.output().includes("its POS goes on selling"), { withinMs: 90_000 });
    expect(await readFile(join(demo.dataDir, "channels.json"), "utf8")).toBe(channels);
  }, 300_000);
});
