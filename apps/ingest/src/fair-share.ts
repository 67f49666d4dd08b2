// How the clients share one process (flow 1): how many requests of each are worked on at once (step 1), and how long each may keep
// the event loop (steps 2 and 3). Reading a large body takes tens of milliseconds, in which no other request is heard. So it is done
// in turns of a few milliseconds, and all requests of one client take their turns one after another, each after a pause as long as
// the turn before: whatever a client sends, and over however many connections, reading it takes half of this process at most, and
// the sales of others pass between two turns.
import { setImmediate as afterThis, setTimeout as sleep } from "node:timers/promises";
import { Problem } from "./problem.ts";

const BUSY_RETRY_AFTER_S = 1;

export type InFlight = ReturnType<typeof createInFlight>;

/**
 * Past its first request a client may have so many times as many under work as places are left free then. So a client
 * alone gets three quarters of the places, two get three sevenths each, and one is left for a client that has none yet: a till
 * is heard however many requests the others send, and one whose connections hang keeps no other out.
 */
const TIMES_THE_FREE_PLACES = 3;

/** A limit on the requests worked on at once, so that a slow queue fills this process's memory no further than this. */
export function createInFlight(requestsMax: number) {
  const byClient = new Map<string, number>();
  let count = 0;
  return {
    get count(): number {
      return count;
    },
    /** Runs one request of a client. @throws Problem 503 when too many are running already, of all clients or of this one. */
    async run<T>(clientName: string, work: () => Promise<T>): Promise<T> {
      const ofClient = byClient.get(clientName) ?? 0;
      const freeAfter = requestsMax - count - 1;
      if (freeAfter < 0) throw busy(`${requestsMax} requests are being worked on already`);
      if (ofClient > 0 && ofClient + 1 > TIMES_THE_FREE_PLACES * freeAfter) {
        throw busy(`${ofClient} requests of client ${clientName} are being worked on already, of ${count} in all`);
      }
      count += 1;
      byClient.set(clientName, ofClient + 1);
      try {
        return await work();
      } finally {
        count -= 1;
        const left = (byClient.get(clientName) ?? 1) - 1;
        if (left > 0) byClient.set(clientName, left);
        else byClient.delete(clientName);
      }
    },
  };
}

function busy(why: string): Problem {
  return new Problem("busy", `${why}. Nothing was accepted; send this one again.`, { retryAfterS: BUSY_RETRY_AFTER_S });
}

export type Turns = ReturnType<typeof createTurns>;
export type Turn = ReturnType<Turns["of"]>;

const TURN_MS_MAX = 2;
/** Timers know no smaller unit. */
const PAUSE_MS_MIN = 1;
/** What others did in the same round of the event loop is measured as part of a turn, and is no reason to wait longer. */
const PAUSE_MS_MAX = 5;

/** Hands out turns; no client has any yet. */
export function createTurns() {
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
    /** The first turn of a request begins at once. */
    of(clientName: string) {
      let startedAtMs = performance.now();
      return {
        /** Whether this turn has taken its time. */
        isOver: (): boolean => performance.now() - startedAtMs >= TURN_MS_MAX,
        /** Ends this turn, and resolves when the next one begins. */
        async next(): Promise<void> {
          await new Promise<void>((begin) => {
            const row = waiting.get(clientName) ?? [];
            row.push(begin);
            if (waiting.has(clientName)) return;
            waiting.set(clientName, row);
            void serve(clientName, row);
          });
          startedAtMs = performance.now();
        },
      };
    },
  };
}
