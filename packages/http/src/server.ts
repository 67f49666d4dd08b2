// How an HTTP server begins to listen and how it ends.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

const IDLE_CLOSED_EVERY_MS = 100;

/** Listens, and resolves with the port: the one that was asked for, or a free one for 0. @throws when it cannot be had */
export async function listen(
  server: Server,
  address: { readonly port: number; readonly host: string },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Takes no new connection, lets the requests that run finish, and resolves when the last connection is closed.
 * @param cutAfterMs when the connections that are left are cut; by default none is
 */
export async function drain(server: Server, cutAfterMs?: number): Promise<void> {
  // A kept-alive connection that falls idle after the close would hold it up until its own timeout.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CLOSED_EVERY_MS);
  const cut = cutAfterMs === undefined ? undefined : setTimeout(() => server.closeAllConnections(), cutAfterMs);
  await new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  }).finally(() => {
    clearInterval(idle);
    clearTimeout(cut);
  });
}
