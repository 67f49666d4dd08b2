// What the simulated shops share: a server on the port that its starter wants, whose end is the starter's, and its controls.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request with its body read. */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly response: ServerResponse;
}

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/**
 * Serves a shop. `controls` are its own calls, below /control/: each is given the body it was sent, and its answer is JSON.
 * Everything else goes to `handle`.
 */
export function serveShop(shop: {
  handle(call: Call): void | Promise<void>;
  readonly controls: Readonly<Record<string, (body: unknown) => unknown>>;
}): void {
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    const body = await text(request);
    const control = /^\/control\/([\w-]+)$/.exec(path)?.[1];
    if (control === undefined) return shop.handle({ method, path, headers, body, response });
    answer(response, 200, (await shop.controls[control]?.(body === "" ? undefined : JSON.parse(body))) ?? null);
  });
  server.listen(Number(process.env.SHOP_PORT ?? 0), "127.0.0.1", () =>
    process.send?.({ port: (server.address() as AddressInfo).port }),
  );
  process.once("disconnect", () => process.exit(0));
}

/** What its starter gave it. */
export function shopSettings<Settings>(): Settings {
  return JSON.parse(process.env.SHOP_SETTINGS ?? "{}") as Settings;
}
