// Yesterday, sent again and faster: each simulated minute has its share of real time, and its receipts are POSTed as tills do. What was
// sold yesterday lies in the past, so that every process keeps its own clock.
import { setTimeout as delay } from "node:timers/promises";
import { clientKey } from "../support/clients.ts";
import { facilityName, skuOf } from "../support/events.ts";
import { closedLoad } from "../support/http-load.ts";
import type { Probes } from "../support/probes.ts";
import type { Receipt } from "./day.ts";

/** How it is sent. */
export interface Replay {
  readonly port: number;
  /** Midnight of the simulated day. */
  readonly midnight: Date;
  /** Simulated seconds in a real one. */
  readonly speed: number;
  /** Receipts in one request: 1 as tills send them; integrators send some at once. */
  readonly perRequest: number;
  /** Watches the first receipt of each request until it is on hand. */
  readonly probes: Probes;
}

const connections = 16;
const minuteMs = 60_000;

/** Sends one simulated minute and waits for the end of its real time. Gives by how much it was late then, in real milliseconds. */
export async function sendMinute(
  receipts: readonly Receipt[],
  { minute, dueAt }: { minute: number; dueAt: number },
  replay: Replay,
): Promise<number> {
  const { port, perRequest, probes } = replay;
  const requests = Math.ceil(receipts.length / perRequest);
  const body = (n: number): string => {
    const some = receipts.slice(n * perRequest, (n + 1) * perRequest);
    const [first] = some;
    if (first) probes.sent(facilityName(first.store), idOf(minute, n, 0), performance.now());
    return JSON.stringify(some.map((each, index) => wire(each, idOf(minute, n, index), replay)));
  };
  if (requests > 0) {
    const given = { connections: Math.min(connections, requests), requests, body };
    await closedLoad({ port, path: "/v1/events", key: clientKey }, given);
  }
  const late = performance.now() - dueAt;
  if (late < 0) await delay(-late);
  return Math.max(0, late);
}

const idOf = (minute: number, request: number, index: number): string => `day-${minute}-${request}-${index}`;

function wire({ store, minute, products }: Receipt, eventId: string, { midnight }: Replay): object {
  return {
    eventId,
    facilityId: facilityName(store),
    type: "sale",
    occurredAt: new Date(midnight.getTime() + minute * minuteMs).toISOString(),
    lines: products.map((product) => ({ sku: skuOf(product), quantity: 1 })),
  };
}
