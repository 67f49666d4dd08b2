// The texts of alarms, one function a kind: what happened, to what, since when, and what to do. They are read at five in the
// morning by somebody who did not build this.
import type { AlarmCause } from "./alarms.ts";
import { localTime } from "./schedule.ts";

const EXAMPLE_CHARACTERS_MAX = 300;

/** The deadline passed without an accepted snapshot. @param lastAccepted the snapshot that stock still rests on */
export function snapshotLate(
  { deadline, lastAccepted }: { readonly deadline: Date; readonly lastAccepted: LastAccepted | undefined },
  timeZone: string,
): AlarmCause {
  const basis = lastAccepted
    ? `Stock still rests on ${lastAccepted.file} of ${localTime(lastAccepted.at, timeZone)} and the sales since.`
    : "None has been accepted before either.";
  return {
    key: "snapshot-late",
    kind: "snapshot-late",
    since: deadline,
    message:
      `No snapshot was accepted by the deadline ${localTime(deadline, timeZone)}, and none since. ${basis} ` +
      "Look into incoming/ on the SFTP server: if a file is there, run `npm run ops -- reset run --wait`; if none is, ask whoever runs the export.",
  };
}

export interface LastAccepted {
  readonly file: string;
  /** When its reset began. */
  readonly at: Date;
}

/** A facility that the newest count leaves out. */
export function facilityMissing(
  missing: {
    readonly facilityId: string;
    readonly since: Date;
    readonly resetId: string;
    readonly file: string;
    readonly last: LastAccepted;
  },
  timeZone: string,
): AlarmCause {
  const { facilityId, since, resetId, file, last } = missing;
  return {
    key: `facility-missing:${facilityId}`,
    kind: "facility-missing",
    ...{ since, facilityId, resetId, file },
    message:
      `Facility ${facilityId} is not in the snapshot ${file} that was completed ${localTime(since, timeZone)}; the last file to list it was ` +
      `${last.file} of ${localTime(last.at, timeZone)}. Its stock was not corrected, its sales go on being applied. Ask whoever runs the ` +
      "export for its counts. If it has closed, do nothing: this ends 14 days after it was last listed.",
  };
}

/** A facility that should be selling has sent nothing. */
export function facilitySilent(
  { facilityId, since, minutes }: { readonly facilityId: string; readonly since: Date; readonly minutes: number },
  timeZone: string,
): AlarmCause {
  return {
    key: `facility-silent:${facilityId}`,
    kind: "facility-silent",
    ...{ since, facilityId },
    message:
      `Facility ${facilityId} has sent no sale, return or adjustment since ${localTime(since, timeZone)}, more than ${minutes} minutes of hours at ` +
      "which it usually sells. Its stock may be too high in the web shop. Find out whether the store is open, and whether its POS reaches ingest.",
  };
}

/** A guard holds a facility's reset. */
export function facilityHeld(
  held: {
    readonly facilityId: string;
    readonly resetId: string;
    readonly file: string;
    readonly since: Date;
    readonly because: string;
  },
  timeZone: string,
): AlarmCause {
  const { facilityId, resetId, file, since, because } = held;
  return {
    key: `facility-held:${facilityId}:${resetId}`,
    kind: "facility-held",
    ...{ since, facilityId, resetId, file },
    message:
      `Facility ${facilityId} is held since ${localTime(since, timeZone)} in the reset of ${file} (reset ${resetId}): ${because}. Its stock is as ` +
      "it was before, its sales go on being applied. Look at the reset on the board, then approve or reject the facility there.",
  };
}

/** A reset that did not do its work. */
export interface FailedReset {
  readonly resetId: string;
  readonly file: string;
  readonly failedAt: Date;
  /** Why, in words; null where only facilities of it failed. */
  readonly outcome: string | null;
  /** Where the file is now; null while it was not put away. */
  readonly archivedTo: string | null;
  readonly facilities: number;
  readonly facilitiesFailed: number;
  readonly firstFailed: { readonly facilityId: string; readonly error: string } | null;
}

/** A file that was refused whole. */
export function fileRefused(failed: FailedReset, timeZone: string): AlarmCause {
  const { resetId, file, failedAt, outcome, archivedTo } = failed;
  return {
    key: `file-refused:${resetId}`,
    kind: "file-refused",
    ...{ since: failedAt, resetId, file },
    message:
      `${file} was refused ${localTime(failedAt, timeZone)} and changed nothing: ${sentence(outcome ?? "no reason is on record")} It is in ` +
      `${archivedTo ?? "rejected/"}, the reason beside it. Have it mended and sent again, then run \`npm run ops -- reset run --wait\`.`,
  };
}

/** A reset that failed for another cause, or of which some facilities failed. */
export function resetFailed(failed: FailedReset, timeZone: string): AlarmCause {
  const { resetId, file, failedAt, outcome, facilities, facilitiesFailed, firstFailed } = failed;
  const first = firstFailed ? ` The first, ${firstFailed.facilityId}: ${sentence(shortened(firstFailed.error))}` : "";
  const why =
    outcome === null
      ? `${facilitiesFailed} of its ${facilities} facilities could not be reset and are as they were before.${first} Mend the cause, have their counts sent again, then run a reset.`
      : `it changed nothing. ${sentence(shortened(outcome))}`;
  return {
    key: `reset-failed:${resetId}`,
    kind: "reset-failed",
    ...{ since: failedAt, resetId, file },
    message: `The reset of ${file} (reset ${resetId}) failed ${localTime(failedAt, timeZone)}: ${why}`,
  };
}

/** Failed jobs of one queue and one cause. */
export interface FailedJobs {
  readonly queue: string;
  /** The code before the first colon of their failures. */
  readonly cause: string;
  readonly count: number;
  /** False when more have failed than were looked at: then there may be more of this cause, and earlier ones. */
  readonly isAll: boolean;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly example: { readonly id: string; readonly name: string; readonly message: string };
}

/** Jobs that failed stay until somebody has mended their cause and retries them. */
export function jobsFailed(failed: FailedJobs, timeZone: string): AlarmCause {
  const { queue, cause, count, isAll, firstAt, lastAt, example } = failed;
  const [first, last] = [localTime(firstAt, timeZone), localTime(lastAt, timeZone)];
  const one = `1 job of the queue ${queue} has failed with ${cause}, ${first}.`;
  const some = `${count} jobs of the queue ${queue} have failed with ${cause}, from ${first} to ${last}.`;
  const newest = `${count} of the newest failed jobs ${count === 1 ? "is" : "are"} of the queue ${queue} and of ${cause}, from ${first} to ${last}; the board counts all.`;
  const many = isAll ? (count === 1 ? one : some) : newest;
  return {
    key: `jobs-failed:${queue}:${cause}`,
    kind: "jobs-failed",
    ...{ since: firstAt, size: count },
    message:
      `${many} For one, "${example.name}": ${sentence(shortened(example.message))} What they carry is kept. Mend the cause, then ` +
      `run \`npm run ops -- jobs retry --error ${cause}\`.`,
  };
}

/** Jobs under which workers died again and again, set aside. */
export function poisonJob(failed: FailedJobs, timeZone: string): AlarmCause {
  const { queue, count, firstAt, example } = failed;
  const what = count === 1 ? "1 job" : `${count} jobs`;
  return {
    key: `poison-job:${queue}`,
    kind: "poison-job",
    ...{ since: firstAt, size: count },
    message:
      `${what} of the queue ${queue} brought down every worker that took them, since ${localTime(firstAt, timeZone)}, and are set aside; all other ` +
      `work goes on. For one, "${example.name}" (job ${example.id}). Look at it on the board, and at what the workers logged before they died; ` +
      "retry it with `npm run ops -- jobs retry --error POISON` only once that is mended.",
  };
}

function shortened(text: string): string {
  return text.length > EXAMPLE_CHARACTERS_MAX ? `${text.slice(0, EXAMPLE_CHARACTERS_MAX)}…` : text;
}

/** With a full stop, unless it ends in one. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
