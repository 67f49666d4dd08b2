// The ports of an orderly refusal: all that are taken are named at once, each with the variable that moves it.
import { ConfigError } from "@inventory-sync/runtime";
import { isPortFree } from "../servers/free-port.ts";

/** Throws ConfigError naming each variable whose port is taken; 0 means any free one and is never taken. */
export async function demandFreePorts(ports: Readonly<Record<string, number>>): Promise<void> {
  const checked = await Promise.all(
    Object.entries(ports).map(async ([variable, port]) =>
      port === 0 || (await isPortFree(port)) ? undefined : { variable, port },
    ),
  );
  const taken = checked.filter((entry) => entry !== undefined);
  if (taken.length === 0) return;
  throw new ConfigError(
    taken.map(
      ({ variable, port }) =>
        `port ${port} is already in use: set ${variable} to another port, or to 0 for any free one`,
    ),
  );
}
