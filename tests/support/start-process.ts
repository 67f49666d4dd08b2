// One app as a real process, for a test.
import { type AppProcess, startApp } from "@inventory-sync/local";
import { bareEnvironment } from "./config.ts";

const readyMsMax = 60_000;

/** Starts apps/<app> as it is built with `env` and nothing of the caller's settings; resolves when it is up. Throws AppFailed when it ends first. */
export function startProcess(app: string, env: Readonly<Record<string, string>>): Promise<AppProcess> {
  return startApp({ app, env: { ...bareEnvironment(), LOG_FORMAT: "json", ...env }, readyMsMax });
}
