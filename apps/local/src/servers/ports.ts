// Ports of 127.0.0.1: whether those that were asked for are free, and free ones for servers that cannot be told "any" (PostgreSQL, Redis).
import { createServer } from "node:net";
import { ConfigError, listen } from "@inventory-sync/runtime";

/** A port that is free now. Another process may take it before it is used, so callers retry. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

function isPortFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

/** Throws ConfigError naming each variable whose port is taken; 0 means any free one and is never taken. */
export async function demandFreePorts(ports: Readonly<Record<string, number>>): Promise<void> {
  const faults: string[] = [];
  for (const [variable, port] of Object.entries(ports)) {
    if (port === 0 || (await isPortFree(port))) continue;
    faults.push(`port ${port} is already in use: set ${variable} to another port, or to 0 for any free one`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
}

/** A port that was asked for and that another process holds. */
export class PortInUse extends Error {
  override readonly name = "PortInUse";
  constructor(port: number) {
    super(`port ${port} of 127.0.0.1 is already in use`);
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

async function listenOnce(port: number): Promise<number> {
  const server = createServer();
  const found = await listen(server, { port, host: "127.0.0.1" });
  await new Promise((resolve) => server.close(resolve));
  return found;
}
