// How many jobs a worker works on at once. Live sales wait for what is in hand, and on PostgreSQL for all that is fetched up to the limit as well. So
// beside a backlog the limit says only how many more of its jobs there is room for, and it goes on doing so for a moment when none of them happens
// to be in flight.

/** Jobs in flight at least, however many lines they have, where nothing else is said. */
const jobsMinUsual = 4;
/** For so long after a job of so many lines was in flight another one like it is expected. */
const expectMs = 1_000;

interface Options {
  readonly jobsMin?: number;
  readonly jobsMax: number;
  /** In flight at most, unless few jobs have more. */
  readonly linesMax: number;
  /** What the next job is taken for while none is in flight. Default 1. */
  readonly linesExpected?: number;
  readonly onLimit?: (jobs: number) => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Counts the jobs in flight, by their lines, and says how many there may be. */
export function createInFlight({ jobsMax, linesMax, onLimit, ...options }: Options) {
  const { jobsMin = jobsMinUsual, linesExpected = 1, now = () => performance.now() } = options;
  let jobs = 0;
  let lines = 0;
  /** How many jobs of so many lines are in flight. */
  const weights = new Map<number, number>();
  let expected = { lines: linesExpected, until: 0 };
  let limit = Math.min(jobsMax, Math.max(jobsMin, Math.floor(linesMax / linesExpected)));

  const change = (weight: number, by: 1 | -1): void => {
    jobs += by;
    lines += by * weight;
    const left = (weights.get(weight) ?? 0) + by;
    if (left === 0) weights.delete(weight);
    else weights.set(weight, left);
    adapt();
  };
  const adapt = (): void => {
    const heaviest = Math.max(1, ...weights.keys());
    const at = now();
    if (jobs === 0 && at > expected.until) expected = { lines: linesExpected, until: 0 };
    else if (heaviest >= expected.lines || at > expected.until) expected = { lines: heaviest, until: at + expectMs };
    const room = Math.floor(Math.max(0, linesMax - lines) / expected.lines);
    const next = Math.min(jobsMax, Math.max(jobsMin, jobs + room));
    if (next === limit) return;
    limit = next;
    onLimit?.(limit);
  };
  return {
    limit: (): number => limit,
    /** Counts a job as in flight while `work` runs. @param weight its lines */
    async holding<T>(weight: number, work: () => Promise<T>): Promise<T> {
      change(weight, 1);
      try {
        return await work();
      } finally {
        change(weight, -1);
      }
    },
  };
}
