// What must be ended when the launcher ends: the last thing that was started first, one after the other, whatever happens on the way.

/** The launcher was asked to stop while it was still starting something. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

export interface Teardown {
  /** Remembers how to end something. Throws Stopped, having ended it, when the end has begun already. */
  add(stop: () => Promise<unknown>): Promise<void>;
  /** Nothing was started yet. */
  isEmpty(): boolean;
  /** Ends everything; a second call waits for the first. */
  run(): Promise<void>;
}

/** An empty one; `say` is told of what would not end. */
export function createTeardown(say: (line: string) => void): Teardown {
  const stops: (() => Promise<unknown>)[] = [];
  let running: Promise<void> | undefined;
  const end = async (stop: () => Promise<unknown>) => {
    try {
      await stop();
    } catch (error) {
      say(`While stopping: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const endAll = async () => {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await end(stop);
  };
  return {
    add: async (stop) => {
      if (running) {
        await end(stop);
        throw new Stopped("asked to stop while starting");
      }
      stops.push(stop);
    },
    isEmpty: () => stops.length === 0 && running === undefined,
    run: () => (running ??= endAll()),
  };
}
