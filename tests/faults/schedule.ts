// Which faults a seed meets, and when: the first seeds each meet one fault alone, so that all of them come by, the later ones
// several at random times, over each other, but of those that stop a server or set it up only one for each server.
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
  const shuffled = random.shuffled(mixable);
  const count = random.int(mixedMin, mixedMax);
  const met = [first];
  for (const fault of shuffled) {
    const isTaken = fault.on !== undefined && met.some(({ on }) => on === fault.on);
    if (met.length < count && !isTaken) met.push(fault);
  }
  return met.map((fault) => ({ fault, atMs: begins() })).sort((a, b) => a.atMs - b.atMs);
}
