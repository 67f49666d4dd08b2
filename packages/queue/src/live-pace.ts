// Which single events are live sales. A store that is online sends some a second; one that sends hundreds is catching up, however it does so:
// what goes beyond this pace goes behind the sales of the others, as a backlog of many events in a request does.

/** So many at once go with the live ones, and then so many a second, of each facility in each process that accepts. */
const liveAtOnceMax = 1_000;
const livePerSecondMax = 200;
/** So often those facilities are forgotten that would begin anew anyway: names made up by a caller fill no memory. */
const forgetEveryMs = 1_000;

interface Paced {
  /** Live events that count against the next ones. */
  events: number;
  atMs: number;
}

/** Starts counting. The function says of an event that is queued now whether it goes with the live ones. @param now milliseconds */
export function createLivePace(now: () => number = () => performance.now()): (facilityId: string) => boolean {
  const facilities = new Map<string, Paced>();
  let forgotAtMs = now();
  const left = ({ events, atMs }: Paced, at: number): number =>
    Math.max(0, events - ((at - atMs) * livePerSecondMax) / 1_000);
  return (facilityId) => {
    const at = now();
    const before = facilities.get(facilityId);
    const events = before === undefined ? 0 : left(before, at);
    if (events >= liveAtOnceMax) return false;
    facilities.set(facilityId, { events: events + 1, atMs: at });
    if (at - forgotAtMs > forgetEveryMs) {
      forgotAtMs = at;
      for (const [id, paced] of facilities) if (left(paced, at) === 0) facilities.delete(id);
    }
    return true;
  };
}
