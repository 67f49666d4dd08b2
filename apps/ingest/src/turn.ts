// How long a request may keep the event loop (flow 1, steps 2 and 3). Reading a large body takes tens of milliseconds, in
// which no other request is heard. So it is done in turns of a few milliseconds, and all requests of one client take
// their turns one after another, each after a pause as long as the turn before: whatever a client sends, and over however
// many connections, reading it takes half of this process at most, and the sales of others pass between two turns.
import { setImmediate as afterThis, setTimeout as sleep } from "node:timers/promises";

/** The turns of one request. */
export type Turn = {
  /** Whether this turn has taken its time. */
  isOver(): boolean;
  /** Ends this turn, and resolves when the next one begins. */
  next(): Promise<void>;
};

/** Hands out turns. */
export type Turns = {
  /** The first turn of a request begins at once. */
  of(clientName: string): Turn;
};

const TURN_MS_MAX = 2;
/** Timers know no smaller unit. */
const PAUSE_MS_MIN = 1;
/** What others did in the same round of the event loop is measured as part of a turn, and is no reason to wait longer. */
const PAUSE_MS_MAX = 5;

/** Starts with nobody at work. */
export function createTurns(): Turns {
  /** What begins the next turns, of clients that have any. */
  const waiting = new Map<string, (() => void)[]>();

  const serve = async (clientName: string, row: (() => void)[]): Promise<void> => {
    let tookMs = TURN_MS_MAX;
    for (;;) {
      await sleep(Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, tookMs)));
      const startedAtMs = performance.now();
      row.shift()?.();
      // A turn is one piece of work, so this goes on after it.
      await afterThis();
      tookMs = performance.now() - startedAtMs;
      if (row.length === 0) break;
    }
    waiting.delete(clientName);
  };

  return {
    of(clientName) {
      let startedAtMs = performance.now();
      return {
        isOver: () => performance.now() - startedAtMs >= TURN_MS_MAX,
        async next() {
          await new Promise<void>((begin) => {
            const row = waiting.get(clientName);
            if (row !== undefined) row.push(begin);
            else {
              const first = [begin];
              waiting.set(clientName, first);
              void serve(clientName, first);
            }
          });
          startedAtMs = performance.now();
        },
      };
    },
  };
}
