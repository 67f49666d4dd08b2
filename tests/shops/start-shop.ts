// A shop as a process of its own, for a test: the simulated servers of this folder, each of which behaves like its original.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { bareEnvironment } from "../support/config.ts";

export interface Shop {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  /** Calls its controls, which no original has: POSTs when a body is given. */
  control<Answer>(path: string, body?: unknown): Promise<Answer>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a server of this folder on a port of its own, or the one given. @param entry the file, without its ending */
export async function startShop(entry: string, settings: Readonly<Record<string, unknown>>, port = 0): Promise<Shop> {
  const file = fileURLToPath(new URL(`./${entry}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file], {
    env: { ...bareEnvironment(), SHOP_SETTINGS: JSON.stringify(settings), SHOP_PORT: String(port) },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const listening = once(child, "message").then(([message]) => message as { port: number });
  const early = ended.then(() => Promise.reject(new Error(`the shop ${entry} ended before it listened`)));
  early.catch(() => undefined);
  const { port: listensOn } = await Promise.race([listening, early]);
  const url = `http://127.0.0.1:${listensOn}`;
  return {
    url,
    pid: child.pid ?? 0,
    control: async (path, body) => {
      const response = await fetch(`${url}/control/${path}`, {
        method: body === undefined ? "GET" : "POST",
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return response.json() as never;
    },
    kill: async (signal = "SIGTERM") => {
      child.kill(signal);
      await ended;
    },
  };
}
