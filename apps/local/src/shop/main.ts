// The web shop of the demo, a process of its own like any shop: it takes levels by webhook, keeps the newest, and shows them on a page that
// is told of each change as it comes. For this machine only.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen, type Running, runProcess } from "@inventory-sync/runtime";
import { readPlan, type ShopPlan } from "../config.ts";
import { isSigned, levelsIn, type ShopLevel } from "./message.ts";
import { openStock, type Stock } from "./stock.ts";

const GRACE_MS = 5_000;
const BODY_BYTES_MAX = 1_048_576;
const STATIC = new URL("../../static/", import.meta.url);
const FILES: Readonly<Record<string, { file: string; type: string }>> = {
  "/": { file: "shop.html", type: "text/html; charset=utf-8" },
  "/shop.js": { file: "shop.js", type: "text/javascript; charset=utf-8" },
  "/shop.css": { file: "shop.css", type: "text/css; charset=utf-8" },
};
/** Everything is text to the page, and should it not be, the browser runs nothing but the shop's own file. */
const HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

await runProcess({ name: "web-shop", graceMs: GRACE_MS, start });

async function start(): Promise<Running> {
  const { file, secret, port } = readPlan<ShopPlan>();
  const stock = await openStock(file);
  const watchers = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const { method, url = "/" } = request;
    const { pathname, searchParams } = new URL(url, "http://shop");
    if (method === "POST" && pathname === "/levels") return void take(request, response, { stock, secret, watchers });
    if (method !== "GET") return void response.writeHead(405).end();
    if (pathname === "/changes") {
      response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
      const seen = request.headers["last-event-id"] ?? searchParams.get("after") ?? 0;
      const missed = stock.from(Number(seen) || 0).map(eventOf);
      response.write(`retry: 1000\n\n${missed.join("")}`);
      watchers.add(response);
      return void response.once("close", () => watchers.delete(response));
    }
    void sendFile(pathname, response);
  });
  return {
    ready: { type: "listening", port: await listen(server, { port, host: "127.0.0.1" }) },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Takes a message: it is answered with 200 once its levels are in the file. */
async function take(
  request: IncomingMessage,
  response: ServerResponse,
  shop: { readonly stock: Stock; readonly secret: string; readonly watchers: ReadonlySet<ServerResponse> },
): Promise<void> {
  const body = await bodyOf(request).catch(() => undefined);
  if (body === undefined) return void response.writeHead(413).end();
  if (!isSigned(request.headers, body, shop.secret)) return void response.writeHead(401).end();
  const levels = levelsIn(body);
  if (levels === undefined) return void response.writeHead(400).end();
  const newer = await shop.stock.keep(levels).catch(() => undefined);
  if (newer === undefined) return void response.writeHead(503).end();
  const events = newer.map(eventOf).join("");
  for (const watcher of shop.watchers) watcher.write(events);
  response.writeHead(200).end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error("the message is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** JSON has no line breaks, so it is one line of the stream. */
function eventOf(level: ShopLevel): string {
  return `id: ${level.sequence}\ndata: ${JSON.stringify(level)}\n\n`;
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const known = FILES[path];
  if (known === undefined) return void response.writeHead(404, HEADERS).end();
  const content = await readFile(new URL(known.file, STATIC));
  response.writeHead(200, { ...HEADERS, "content-type": known.type }).end(content);
}
