// By when a snapshot must have been accepted (RESET_DEADLINE), and from when on one counts for that deadline.
import { lastDueTime, type Schedule } from "./schedule.ts";

/** A deadline that has passed. */
export interface PassedDeadline {
  readonly deadline: Date;
  /**
   * A reset counts for this deadline when it began at or after this time: half-way from the deadline before it. So
   * yesterday's file that came late, or was run again in the morning, is not taken for today's, while one that is run
   * the evening before is.
   */
  readonly opens: Date;
}

/** The newest deadline at or before an instant; undefined when none of the last days is. */
export function passedDeadline(deadlines: Schedule, at: Date): PassedDeadline | undefined {
  const newest = lastDueTime(deadlines, at);
  if (!newest) return undefined;
  const deadline = newest.dueAt;
  const before = lastDueTime(deadlines, new Date(deadline.getTime() - 1));
  if (!before) return undefined;
  return { deadline, opens: new Date((before.dueAt.getTime() + deadline.getTime()) / 2) };
}
