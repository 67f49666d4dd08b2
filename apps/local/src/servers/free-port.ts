// Ports for the servers that cannot be told "any" (PostgreSQL, Redis): ask the system for a free one, and ask again on a collision.
import { createServer } from "node:net";

/** A port of 127.0.0.1 that is free now. Another process may take it before it is used, so callers retry. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Whether nothing listens on `port` of 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch {
    return false;
  }
}

/** The address somebody else holds; carries the port so that the caller can name the setting it came from. */
export class PortInUse extends Error {
  readonly port: number;
  constructor(port: number) {
    super(`port ${port} of 127.0.0.1 is already in use`);
    this.name = "PortInUse";
    this.port = port;
  }
}

const attemptsMax = 5;

/**
 * Calls `start` with the port asked for, or, when it is undefined, with the one used last and then with free ones until one is not taken.
 * Throws PortInUse when a port that was asked for is taken.
 */
export async function withPort<T>(
  ports: { readonly asked: number | undefined; readonly usedLast: number },
  start: (port: number) => Promise<T>,
): Promise<T> {
  if (ports.asked) return start(ports.asked);
  let port = ports.usedLast > 0 && (await isPortFree(ports.usedLast)) ? ports.usedLast : await freePort();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof PortInUse) || attempt >= attemptsMax) throw error;
      port = await freePort();
    }
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
