// Ingest as a real process over a real queue, for the tests of this folder.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, hashKey, makeKey, type StockEvent } from "@inventory-sync/domain";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { startProcess } from "../../../tests/support/index.ts";

/** A client of the clients file, by its plain keys. */
export type TestClient = Partial<Omit<Client, "keys">> & { readonly keys?: readonly string[] };

export interface IngestProcess {
  readonly url: string;
  readonly queues: Queues;
  /** The key of the client that may do everything. */
  readonly key: string;
  readonly clientsFile: string;
  readonly process: Awaited<ReturnType<typeof startProcess>>;
  /** POSTs with the key above unless `headers` say otherwise; an object is sent as JSON, text and bytes as they are. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** Every event that stands in the queue. */
  queued(): Promise<StockEvent[]>;
  emptyQueue(): Promise<void>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whatever JSON it is: tests look into answers of many shapes. */
  readonly body: ReturnType<JSON["parse"]>;
}

/** Starts it on a free port. `clients` stand in the clients file besides the one that may do everything. */
export async function startIngestProcess(options: {
  queueUrl: string;
  clients?: readonly TestClient[];
  env?: Readonly<Record<string, string>>;
}): Promise<IngestProcess> {
  const folder = await mkdtemp(join(tmpdir(), "inventory-sync-ingest-"));
  const clientsFile = join(folder, "clients.json");
  const key = makeKey();
  await writeClients(clientsFile, [{ name: "all", keys: [key] }, ...(options.clients ?? [])]);
  const env = { INGEST_PORT: "0", QUEUE_URL: options.queueUrl, INGEST_CLIENTS_FILE: clientsFile, ...options.env };
  const process = await startProcess("ingest", env).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const url = `http://127.0.0.1:${process.port}`;
  const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
  const queues = await openQueues({ url: options.queueUrl, role: "inspector", log });
  const [events] = queues.bullQueues();
  if (events === undefined) throw new Error("the queue of events is missing");
  return {
    ...{ url, queues, key, clientsFile, process },
    post: (path, body, headers) =>
      call(`${url}${path}`, { method: "POST", body: bytesOf(body), headers: { ...defaultHeaders(key), ...headers } }),
    get: (path) => call(`${url}${path}`, { method: "GET" }),
    queued: async () => {
      const jobs = await events.getJobs(["waiting", "delayed", "active", "prioritized"]);
      return jobs.flatMap((job) => job.data.events as StockEvent[]);
    },
    emptyQueue: () => events.obliterate({ force: true }),
    stop: async () => {
      await process.stop();
      await queues.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes the clients file; a client is allowed everything that it does not say. */
export function writeClients(file: string, clients: readonly TestClient[]): Promise<void> {
  const entries = clients.map((client, index) => ({
    ...{ name: `client-${index}`, facilities: "*", types: "*" },
    ...client,
    keys: (client.keys ?? []).map(hashKey),
  }));
  return writeFile(file, JSON.stringify({ clients: entries }));
}

function defaultHeaders(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}`, "content-type": "application/json" };
}

function bytesOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

/** Sends a request; a header given as "" is left out. */
async function call(
  url: string,
  request: { method: string; body?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string> },
): Promise<Answer> {
  const headers = Object.fromEntries(Object.entries(request.headers ?? {}).filter(([, value]) => value !== ""));
  // A text body would get a Content-Type of fetch's own.
  const body = typeof request.body === "string" ? new TextEncoder().encode(request.body) : request.body;
  const response = await fetch(url, { method: request.method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}
