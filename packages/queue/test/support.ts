// What the tests of this package share: queues that close themselves, and events to put into them.
import { connect, createServer, type Socket } from "node:net";
import type { StockEvent } from "@inventory-sync/domain";
import { onTestFinished } from "vitest";
import type { Backend } from "../../../tests/support/index.ts";
import {
  type BatchFate,
  type Consumer,
  openQueues,
  type QueueLog,
  type QueueOptions,
  type Queues,
} from "../src/index.ts";

export interface Said {
  level: string;
  fields: object;
  message: string;
}

/** A log that remembers. */
export function rememberingLog(): QueueLog & { said: Said[] } {
  const said: Said[] = [];
  const at = (level: string) => (fields: object, message: string) => void said.push({ level, fields, message });
  return { said, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), fatal: at("fatal") };
}

/** Opens queues on a url and closes them when the test ends. */
export async function open(url: string, options: Partial<QueueOptions> = {}): Promise<Queues> {
  const queues = await openQueues({ url, role: "producer", log: rememberingLog(), ...options });
  onTestFinished(() => queues.close());
  return queues;
}

/** Opens queues on an empty server of this kind. */
export async function openFresh(backend: Backend, options: Partial<QueueOptions> = {}): Promise<Queues> {
  const server = await backend.freshQueueServer();
  onTestFinished(() => server.drop());
  const queues = await open(server.url, options);
  await queues.connection.outage.whenUp();
  return queues;
}

/** A way to a server: its url, the connections that were made on it, in their order, and how to lead the next ones to another server. */
export async function wayTo(url: string) {
  const { port } = new URL(url);
  let to = new URL(url);
  const connections: Socket[] = [];
  const way = createServer((socket) => {
    const server = connect(Number(to.port), to.hostname);
    for (const [from, other] of [
      [socket, server],
      [server, socket],
    ] as const) {
      from.pipe(other).on("error", () => undefined);
      from.on("close", () => other.destroy());
    }
    connections.push(socket);
  });
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void way.close());
  return {
    url: url.replace(`:${port}`, `:${(way.address() as { port: number }).port}`),
    connections,
    leadTo(other: string) {
      to = new URL(other);
    },
  };
}

/** Closes a consumer when the test ends. */
export function closing(consumer: Consumer): Consumer {
  onTestFinished(async () => void (await consumer.close({ graceMs: 2_000 })));
  return consumer;
}

/** A sale of one piece, unless told otherwise. */
export function sale(eventId: string, change: Partial<StockEvent> = {}): StockEvent {
  return {
    eventId,
    facilityId: "S001",
    type: "sale",
    occurredAt: "2026-11-23T10:00:00.000Z",
    receivedAt: "2026-11-23T10:00:01.000Z",
    lines: [{ line: 1, idType: "SKU", idValue: "TEE", quantity: "-1" }],
    ...change,
  };
}

export const done: BatchFate = { fate: "done", applied: 1, duplicate: 0, absorbed: 0, skipped: 0 };

export const numbered = (count: number): StockEvent[] =>
  Array.from({ length: count }, (_, index) => sale(`e-${index + 1}`));
