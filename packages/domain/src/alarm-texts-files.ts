// The texts of alarms about files and their resets: refused, failed, not put away.
import { type AlarmCause, alarmCause, inBrief } from "./alarms.ts";
import { localTime } from "./schedule.ts";
import { sentence, someOf } from "./words.ts";

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
  /** The scheduled run that took the file; null where an operator ran it. */
  readonly run?: string | null;
  /** That run has just begun, and other files of it may be refused as well. */
  readonly isRunOpen?: boolean;
}

/** Of so many files the names are told. */
const FILES_TOLD_MAX = 5;

/** Several files of one daily run that were refused whole: one alarm, about the first of them. */
export function filesRefused(failed: readonly [FailedReset, ...FailedReset[]], timeZone: string): AlarmCause {
  const [first] = failed;
  const one = fileRefused(first, timeZone);
  if (failed.length === 1) return one;
  const names = failed.map(({ file }) => file);
  return {
    ...one,
    size: failed.length,
    message:
      `${failed.length} files of one run were refused and changed nothing, the first ${localTime(first.failedAt, timeZone)}: ${someOf(names, FILES_TOLD_MAX)}. ` +
      `Of ${first.file}: ${inBrief(first.outcome ?? "no reason is on record")} They are in rejected/, the reason beside each. Have them corrected ` +
      "and sent again, then run `npm run ops -- reset run --wait`.",
  };
}

/** A file that was refused whole. */
export function fileRefused(failed: FailedReset, timeZone: string): AlarmCause {
  const { resetId, file, failedAt, outcome, archivedTo } = failed;
  return alarmCause("file-refused", [resetId], {
    since: failedAt,
    resetId,
    file,
    message:
      `${file} was refused ${localTime(failedAt, timeZone)} and changed nothing: ${sentence(outcome ?? "no reason is on record")} It is in ` +
      `${archivedTo ?? "rejected/"}, the reason beside it. Have it corrected and sent again, then run \`npm run ops -- reset run --wait\`.`,
  });
}

/** A reset that failed for another cause, or of which some facilities failed. */
export function resetFailed(failed: FailedReset, timeZone: string): AlarmCause {
  const { resetId, file, failedAt, outcome, facilities, facilitiesFailed, firstFailed } = failed;
  const first = firstFailed ? ` The first, ${firstFailed.facilityId}: ${inBrief(firstFailed.error)}` : "";
  const why =
    outcome === null
      ? `${facilitiesFailed} of its ${facilities} stores could not be reset and are as they were before.${first} Mend the cause, have their counts sent again, then run a reset.`
      : `${facilities === 0 ? "it changed nothing. " : ""}${inBrief(outcome)}`;
  return alarmCause("reset-failed", [resetId], {
    since: failedAt,
    resetId,
    file,
    message: `The reset of ${file} (reset ${resetId}) failed ${localTime(failedAt, timeZone)}: ${why}`,
  });
}

/** Files whose resets have ended and that could not be moved out of incoming/: one alarm for all of them, for one right is missing. */
export function fileNotPutAway(
  left: readonly { readonly file: string; readonly resetId: string; readonly reason: string; readonly since: Date }[],
  timeZone: string,
): AlarmCause[] {
  const [first] = left;
  if (!first) return [];
  const { file, resetId, since, reason } = first;
  const more = left.length > 1 ? ` So it is with ${left.length} files; this is the oldest of them.` : "";
  return [
    alarmCause("file-not-put-away", [], {
      since,
      file,
      resetId,
      size: left.length,
      message: `${sentence(reason)} That is so since ${localTime(since, timeZone)}.${more}`,
    }),
  ];
}
