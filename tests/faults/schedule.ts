// Which faults a seed meets, and when: the first seeds each meet one fault alone, so that all of them come by, the later ones
// several at random times, over each other.
import type { Fault } from "./fault.ts";
import { randomOf } from "./random.ts";

export interface Appointment {
  readonly fault: Fault;
  readonly atMs: number;
}

const mixedMin = 2;
const mixedMax = 4;
const firstAtMs = 600;

/** The schedule of a seed over these faults. `loadMs` is how long the traffic lasts. */
export function scheduleOf(seed: number, faults: readonly Fault[], loadMs: number): Appointment[] {
  const random = randomOf(seed).fork("schedule");
  const [first] = faults.slice((seed - 1) % faults.length);
  if (first === undefined) return [];
  const begins = () => firstAtMs + random.int(0, Math.round(loadMs / 3));
  if (seed <= faults.length || first.alone || first.env !== undefined) return [{ fault: first, atMs: begins() }];
  // What needs settings of its own stays alone as well.
  const mixable = faults.filter((fault) => fault !== first && !fault.alone && fault.env === undefined);
  const others = random.shuffled(mixable).slice(0, random.int(mixedMin, mixedMax) - 1);
  return [first, ...others].map((fault) => ({ fault, atMs: begins() })).sort((a, b) => a.atMs - b.atMs);
}
