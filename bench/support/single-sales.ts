// One client that sells: a sale at a fixed pace, each timed from when it was due until its answer was there.
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { wireSale } from "./events.ts";

const paceMs = 20;
const answerMsMax = 30_000;
const retailer = { facilities: 50, products: 2_000 };

/** What the client saw. */
export interface Sold {
  /** Milliseconds of each sale, whatever the answer. */
  readonly latencies: readonly number[];
  /** How many were not answered with 202. */
  readonly refused: number;
}

/** Sells for so long, and then until the last answer is there. @param name begins the event ids */
export async function sellAlong(given: { port: number; key: string; name: string; ms: number }): Promise<Sold> {
  const { port, key, name, ms } = given;
  const agent = new Agent({ keepAlive: true });
  const latencies: number[] = [];
  let refused = 0;
  const sell = async (n: number, dueAt: number): Promise<void> => {
    const status = await post({ port, key, agent }, JSON.stringify(wireSale(name, n, retailer)));
    latencies.push(performance.now() - dueAt);
    if (status !== 202) refused += 1;
  };
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 0; n * paceMs < ms; n += 1) {
    const dueAt = startedAt + n * paceMs;
    await delay(Math.max(0, dueAt - performance.now()));
    all.push(sell(n, dueAt));
  }
  await Promise.all(all);
  agent.destroy();
  return { latencies, refused };
}

/** POSTs to /v1/events. Resolves with the status of the answer; 0 when there was none. */
export function post({ port, key, agent }: { port: number; key: string; agent: Agent }, body: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const options = {
      port,
      host: "127.0.0.1",
      path: "/v1/events",
      method: "POST",
      agent,
      headers,
      timeout: answerMsMax,
    };
    const sending = request(options, (response) => {
      response.resume();
      response.on("close", () => resolve(response.statusCode ?? 0));
    });
    sending.on("timeout", () => sending.destroy());
    sending.on("error", () => resolve(0));
    sending.end(body);
  });
}
