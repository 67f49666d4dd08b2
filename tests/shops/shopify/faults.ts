// What can happen to a call on its way: each fault is one that real networks and real shops have shown.
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** A fault, and the calls that it befalls. */
export interface Fault {
  readonly on: "set" | "activate" | "read" | "token";
  readonly what: /** The connection ends before anything is done. */
    | "cut"
    /** What is asked is done, and the connection ends before the answer. */
    | "drop"
    /** The connection ends, and what is asked is done `ms` later. */
    | "late"
    /** Nothing is done and nothing answered; the connection ends after `ms`. */
    | "hang"
    /** `status` with `headers`, done all the same where `isDone`. */
    | "status"
    /** It is done, and the answer is half of it, no JSON, nothing, or comes byte by byte. */
    | "half"
    | "html"
    | "empty"
    | "drip"
    /** INTERNAL_SERVER_ERROR; done all the same where `isDone`, else its key is used up. */
    | "internal"
    /** The token ends. */
    | "revoke";
  readonly times?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isDone?: boolean;
  readonly ms?: number;
}

const DRIP_PARTS = 5;

/** Faults that wait for a call. */
export function openFaults(): {
  add(fault: Fault): void;
  take(on: Fault["on"]): Fault | undefined;
} {
  const waiting: { fault: Fault; left: number }[] = [];
  return {
    add: (fault) => {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take: (on) => {
      const found = waiting.find(({ fault, left }) => fault.on === on && left > 0);
      if (found) found.left -= 1;
      return found?.fault;
    },
  };
}

/** The frame of a failure inside of Shopify. */
export const internalError = {
  message: "Internal error. Looks like something went wrong on our end.\nRequest ID: 0000-simulated",
  extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "0000-simulated" },
};

/** Carries a fault out. `act` does what was asked and gives its answer, `fail` breaks down at it; `send` answers with a text. */
export async function befall(
  { what, status = 503, headers = {}, isDone = false, ms = 300 }: Fault,
  response: ServerResponse,
  shop: {
    act(): Promise<string>;
    fail(): Promise<string>;
    send(status: number, text: string, headers?: Readonly<Record<string, string>>): void;
  },
): Promise<void> {
  const { act, fail, send } = shop;
  if (what === "late") setTimeout(() => void act(), ms);
  if (what === "hang") await sleep(ms);
  if (what === "cut" || what === "late" || what === "hang") return void response.destroy();
  if (what === "internal" && !isDone) return send(200, await fail());
  const text = what === "status" && !isDone ? "" : await act();
  if (what === "drop") return void response.destroy();
  if (what === "status") return send(status, "<html>a gateway says so</html>", headers);
  if (what === "internal") return send(200, JSON.stringify({ errors: [internalError] }));
  if (what === "half") return send(200, text.slice(0, text.length / 2));
  if (what === "html") return send(200, "<html>Loading…</html>");
  if (what === "empty") return send(200, "");
  response.writeHead(200, { "content-type": "application/json" });
  const part = Math.ceil(text.length / DRIP_PARTS);
  for (let at = 0; at < text.length; at += part) {
    response.write(text.slice(at, at + part));
    await sleep(ms / DRIP_PARTS);
  }
  response.end();
}
