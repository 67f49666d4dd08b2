// A database or queue server that ends by itself is started again where it was, so that the apps find it under the same address.
import { setTimeout as delay } from "node:timers/promises";

interface Server {
  readonly port: number;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

const againAfterMs = 1_000;

/** Returns the first server's address and a stop that ends whichever runs by then. `start` is given the port to take. */
export async function keepRunning<S extends Server>(options: {
  readonly name: string;
  readonly start: (port: number | undefined) => Promise<S>;
  readonly say: (line: string) => void;
}): Promise<{ readonly first: S; stop(): Promise<void> }> {
  const { name, start, say } = options;
  const stopping = new AbortController();
  const first = await start(undefined);
  let current = first;
  const watch = async () => {
    for (;;) {
      await current.exited;
      if (stopping.signal.aborted) return;
      say(`${name} ended by itself; starting it again on port ${first.port}.`);
      await delay(againAfterMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await start(first.port).then(
        (again) => {
          current = again;
          say(`${name} runs again.`);
        },
        (error: Error) => say(`${name} did not start: ${error.message}`),
      );
    }
  };
  const watched = watch();
  return {
    first,
    stop: async () => {
      stopping.abort();
      await current.stop();
      await watched;
      // It may have been coming up again just then.
      await current.stop();
    },
  };
}
