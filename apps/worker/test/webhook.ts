// A real HTTP server in the place of the one that alarms are posted to: keeps what it was told, and fails when a test wants it to.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { AlarmNotice } from "@inventory-sync/domain";

export interface Webhook {
  readonly url: string;
  readonly told: readonly AlarmNotice[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** Requests so far, those that failed among them. */
  asked(): number;
  /** What it does from now on: a status, or "hang" (it never answers). */
  answer(how: number | "hang"): void;
  close(): Promise<void>;
}

/** Starts it on a free port; it answers 204. */
export async function startWebhook(): Promise<Webhook> {
  const told: AlarmNotice[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let how: number | "hang" = 204;
  let asked = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      asked += 1;
      if (how === "hang") return;
      if (how < 300) {
        told.push(JSON.parse(body) as AlarmNotice);
        headers.push(request.headers);
      }
      response.writeHead(how, how === 302 ? { location: "/elsewhere" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/secret`,
    told,
    headers,
    asked: () => asked,
    answer: (next) => {
      how = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
