// What the board's tests share: a whole board in this process on private servers, and the ways in which people and
// machines call it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyEvents, type Database, openDatabase } from "@inventory-sync/db";
import { fromWire, type WireEvent } from "@inventory-sync/domain";
import { consumeEvents, openQueues, type Queues } from "@inventory-sync/queue";
import { createLog, hashPassword } from "@inventory-sync/runtime";
import { type FreshSftp, freshDatabase, freshRedis, freshSftp, whyNoRedis } from "../../../tests/support/index.ts";
import { startBoard } from "../src/board.ts";
import { readConfig } from "../src/config.ts";

export const token = "a-board-token-for-tests-of-the-board";
export const password = "correct horse battery staple";

export interface TestBoard {
  readonly url: string;
  readonly database: Database;
  readonly queues: Queues;
  readonly sftp: FreshSftp;
  readonly usersFile: string;
  readonly queueUrl: string;
  readonly databaseUrl: string;
  /** The lines of the board's log. */
  readonly log: () => Record<string, unknown>[];
  /** Calls the board as a machine; a body makes it a POST. */
  call(path: string, body?: unknown): Promise<Response>;
  /** Calls it as a machine and returns the JSON. */
  json(path: string, body?: unknown): Promise<Answer>;
  /** Signs somebody in and returns the Cookie header. */
  signIn(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** The fields that tests look at one by one; which of them there are depends on the address. */
export interface AnswerBody {
  readonly items: readonly Readonly<Record<string, string>>[];
  readonly nextCursor: string | null;
  readonly detail: string;
  readonly errors: readonly unknown[];
  readonly resetIds: readonly string[];
  readonly openapi: string;
  readonly paths: Readonly<Record<string, object>>;
  readonly queues: readonly { readonly name: string; readonly readOnlyMode: boolean }[];
  readonly missing: readonly string[];
  readonly file: string;
  readonly facilities: readonly unknown[];
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: AnswerBody;
}

/** Starts a board on fresh servers, its queue on Redis where there is one. People: vera may view, olga may operate. */
export async function startTestBoard(
  env: Record<string, string> = {},
  { queueOn }: { readonly queueOn?: "postgres" } = {},
): Promise<TestBoard> {
  const [fresh, sftp, folder] = await Promise.all([
    freshDatabase(),
    freshSftp(),
    mkdtemp(join(tmpdir(), "board-test-")),
  ]);
  const redis = queueOn !== "postgres" && whyNoRedis() === undefined ? await freshRedis() : undefined;
  const passwordHash = await hashPassword(password);
  const usersFile = join(folder, "users.json");
  await writeFile(
    usersFile,
    JSON.stringify([
      { name: "vera", role: "viewer", passwordHash },
      { name: "olga", role: "operator", passwordHash },
    ]),
  );
  const lines: string[] = [];
  const log = createLog({
    name: "board",
    settings: { level: "info", format: "json" },
    destination: { write: (line) => void lines.push(line) },
  });
  const queueUrl = redis?.url ?? fresh.url;
  const config = readConfig({
    ...{
      BOARD_PORT: "0",
      DATABASE_URL: fresh.url,
      QUEUE_URL: queueUrl,
      BOARD_TOKEN: token,
      BOARD_USERS_FILE: usersFile,
    },
    ...{ SFTP_URL: sftp.url, SFTP_HOST_KEY_SHA256: sftp.hostKeySha256, ...env },
  });
  const board = await startBoard(config, log);
  const database = openDatabase({ url: fresh.url, name: "test", poolMax: 3 });
  const queues = await openQueues({ url: queueUrl, role: "producer", log });
  const url = `http://127.0.0.1:${board.port}`;
  const call: TestBoard["call"] = (path, body) => fetch(`${url}${path}`, { ...asMachine(body), redirect: "manual" });
  return {
    ...{ url, database, queues, sftp, usersFile, queueUrl, databaseUrl: fresh.url, call },
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    json: async (path, body) => read(await call(path, body)),
    signIn: async (name) => {
      const answer = await signInWith(url, { name, password });
      return (answer.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
    },
    stop: async () => {
      await board.stop();
      await Promise.allSettled([queues.close(), database.close()]);
      await Promise.all([fresh.drop(), sftp.drop(), redis?.drop(), rm(folder, { recursive: true })]);
    },
  };
}

/** Posts the sign-in form. */
export function signInWith(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/sign-in`, { method: "POST", body: new URLSearchParams(form), headers, redirect: "manual" });
}

/** Status, type and JSON of an answer. */
async function read(response: Response): Promise<Answer> {
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    body: (await response.json()) as AnswerBody,
  };
}

function asMachine(body: unknown): RequestInit {
  const headers = { authorization: `Bearer ${token}` };
  if (body === undefined) return { headers };
  return { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** Applies one event as the worker does. */
export async function apply(database: Database, event: WireEvent): Promise<void> {
  const [fate] = await applyEvents(database, [fromWire(event, new Date())], { facility: "create", product: "create" });
  if (fate?.fate !== "done") throw new Error(`the event was not done: ${JSON.stringify(fate)}`);
}

/** A sale of one SKU, some days ago. */
export function sale(eventId: string, facilityId: string, sku: string, quantity: number): WireEvent {
  return { eventId, facilityId, type: "sale", occurredAt: "2026-11-20T10:00:00Z", lines: [{ sku, quantity }] };
}

/** Queues sales that fail for this cause, and waits until they have. */
export async function failSales(queues: Queues, code: string, sales: readonly WireEvent[]): Promise<void> {
  const before = (await queues.counts()).events.failed;
  const consumer = consumeEvents(queues, async (events) =>
    events.map((event) => ({
      fate: "rejected" as const,
      code,
      message: `event ${event.eventId} was rejected for a test`,
    })),
  );
  for (const each of sales) await queues.addEvents([fromWire(each, new Date())], "test");
  while ((await queues.counts()).events.failed < before + sales.length)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await consumer.close({ graceMs: 2_000 });
}
