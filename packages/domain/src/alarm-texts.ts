// The texts of alarms, one function a kind: what happened, to what, since when, and what to do. They are read at five in the
// morning by operators who did not build this.
import { alarmCause, inBrief } from "./alarm-cause.ts";
import type { AlarmCause } from "./alarms.ts";
import { type ClockFault, type ClockWindow, clockEvidence } from "./clocks.ts";
import { failedInWords, isExplained, jobCause, jobInWords, jobsCommand } from "./job-causes.ts";
import { localTime } from "./schedule.ts";
import { shownShort } from "./showable.ts";
import { plural, sentence } from "./words.ts";

/** A file that lies in incoming/ and that no reset has taken. */
export interface WaitingFile {
  readonly file: string;
  /** Its time on the server. */
  readonly at: Date;
}

const OTHER_SHOWN_MAX = 80;

/** A deadline that passed without an accepted snapshot. */
interface LateSnapshot {
  readonly deadline: Date;
  /** The snapshot that stock still rests on. */
  readonly lastAccepted: LastAccepted | undefined;
  /** Whose it is, where there are several. */
  readonly source?: string | undefined;
  /** The oldest file that waits meanwhile: it came after the run, and has only to be run. */
  readonly waiting?: WaitingFile | undefined;
  /** Names of what lies there and is no count by its name. */
  readonly others?: readonly string[];
}

/** The deadline passed without an accepted snapshot. */
export function snapshotLate(
  { deadline, lastAccepted, source, waiting, others = [] }: LateSnapshot,
  timeZone: string,
): AlarmCause {
  const of = source === undefined ? "" : ` of ${source}`;
  const where = source === undefined ? "the SFTP server" : `the SFTP server of ${source}`;
  const run = source === undefined ? "reset run --wait" : `reset run --source ${source} --wait`;
  const about = source === undefined ? [] : [source];
  const basis = lastAccepted
    ? `Stock is still based on ${lastAccepted.file} of ${localTime(lastAccepted.at, timeZone)} and the sales since.`
    : "None has been accepted before either.";
  if (waiting) {
    return alarmCause("snapshot-late", about, {
      since: deadline,
      file: waiting.file,
      message:
        `${waiting.file} waits in incoming/${of} since ${localTime(waiting.at, timeZone)}, and no count was accepted by the deadline ${localTime(deadline, timeZone)}. ` +
        `Run it now, on the board's page of resets or with \`npm run ops -- ${run}\`: sales since the count are kept. ${basis}`,
    });
  }
  const [other] = others;
  if (other !== undefined) {
    const more = others.length > 1 ? ` and ${plural(others.length - 1, "other")}` : "";
    return alarmCause("snapshot-late", about, {
      since: deadline,
      file: other,
      message:
        `No count${of} was accepted by the deadline ${localTime(deadline, timeZone)}. In incoming/ on ${where} lies ${shownShort(other, OTHER_SHOWN_MAX)}${more}: by its name it is no count, or still on its way (.part, .tmp). ` +
        `If it is one, unpack it or give it the name that counts have (SNAPSHOT_GLOB, or the glob of its source), and run \`npm run ops -- ${run}\`. ${basis}`,
    });
  }
  return alarmCause("snapshot-late", about, {
    since: deadline,
    message:
      `No count${of} was accepted by the deadline ${localTime(deadline, timeZone)}, and none since. ${basis} ` +
      `Look into incoming/ on ${where}: if a file is there, run \`npm run ops -- ${run}\`; if none is, ask whoever runs the export.`,
  });
}

export interface LastAccepted {
  readonly file: string;
  /** When its reset began. */
  readonly at: Date;
}

/** A facility that the newest count leaves out. */
export interface MissingFacility {
  readonly facilityId: string;
  /** When the count that leaves it out was completed. */
  readonly since: Date;
  readonly resetId: string;
  readonly file: string;
  /** The count that last listed it. */
  readonly last: LastAccepted;
}

/** The newest count leaves a facility out. */
export function facilityMissing(missing: MissingFacility, timeZone: string): AlarmCause {
  const { facilityId, since, resetId, file, last } = missing;
  return alarmCause("facility-missing", [facilityId], {
    since,
    facilityId,
    resetId,
    file,
    message:
      `Store ${facilityId} is not in the count ${file} that was completed ${localTime(since, timeZone)}; the last file to list it was ` +
      `${last.file} of ${localTime(last.at, timeZone)}. Its stock was not corrected, its sales go on being applied. Ask whoever runs the ` +
      "export for its counts. If it has closed, do nothing: this ends 14 days after it was last listed.",
  });
}

/** A facility that should be selling has sent nothing. */
export function facilitySilent(
  { facilityId, since, minutes }: { readonly facilityId: string; readonly since: Date; readonly minutes: number },
  timeZone: string,
): AlarmCause {
  return alarmCause("facility-silent", [facilityId], {
    since,
    facilityId,
    message:
      `Store ${facilityId} has sent no sales, returns or adjustments since ${localTime(since, timeZone)}: none for ${minutes} minutes, although it is ` +
      "usually busy now. Its stock may be too high in the web shop. Find out whether the store is open, and whether its POS reaches ingest.",
  });
}

const CLOCK_CAUSES: Readonly<Record<ClockFault, string>> = {
  zone: "its till may send local time as UTC, or be set to another time zone",
  clock: "the clock of its till is wrong",
  absorbed: "the clocks of its tills may be wrong",
  till: "one of its tills may send local time as UTC",
};

/** The times that a facility's tills say cannot be right. */
export function clockWrong(window: ClockWindow, fault: ClockFault, timeZone: string): AlarmCause {
  const { facilityId, since, offsetMinutes } = window;
  const corrected =
    offsetMinutes === 0
      ? "Until then"
      : `Its time offset of ${offsetMinutes} minutes no longer fits: if the till was corrected, set it to 0, else`;
  return alarmCause("clock-wrong", [facilityId], {
    since,
    facilityId,
    message:
      `${sentence(`${clockEvidence(window, fault)}: ${CLOCK_CAUSES[fault]} (so since ${localTime(since, timeZone)} at least)`)} What is absorbed is not taken off its stock, so the web shop may sell what is gone. ` +
      (fault === "till"
        ? "Find out by the ids of those sales which till it is, and have its time zone corrected. A time offset would shift the other tills of the store, too; the next count sets right what was absorbed."
        : `Have clock and time zone of the till corrected. ${corrected} correct its times, and see what was absorbed wrongly, on the store's page under Clock (\`npm run ops -- facilities clock ${facilityId}\`).`),
  });
}

/** A facility whose reset waits for a decision. */
export interface HeldFacility {
  readonly facilityId: string;
  readonly resetId: string;
  readonly file: string;
  readonly since: Date;
  readonly because: string;
}

/** A guard holds a facility's reset. */
export function facilityHeld(held: HeldFacility, timeZone: string): AlarmCause {
  const { facilityId, resetId, file, since, because } = held;
  return alarmCause("facility-held", [facilityId, resetId], {
    since,
    facilityId,
    resetId,
    file,
    message:
      `Store ${facilityId} has been held since ${localTime(since, timeZone)} in the reset of ${file} (reset ${resetId}): ${because}. Its stock is as ` +
      "it was before, its sales go on being applied. Look at the reset on the board, then approve or reject the store there.",
  });
}

/** Failed jobs of one queue and one cause, as the queue counts them. */
export interface FailedJobs {
  readonly queue: string;
  /** The code before the first colon of their failures. */
  readonly cause: string;
  readonly count: number;
  /** False when more have failed than were looked at: then there may be more of this cause, and earlier ones. */
  readonly isAll: boolean;
  /** ISO in UTC. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly exampleId: string;
  readonly exampleName: string;
  readonly exampleMessage: string;
}

/** Jobs that failed stay until they are retried with success, or dismissed. */
export function jobsFailed(failed: FailedJobs, timeZone: string): AlarmCause {
  const { queue, cause, count, isAll, exampleName, exampleMessage } = failed;
  const since = new Date(failed.firstAt);
  const many = `${isAll ? "" : "At least "}${failedInWords(queue, cause, count)}`;
  const why = isExplained(queue, cause) ? "." : `: ${inBrief(exampleMessage)}`;
  return alarmCause("jobs-failed", [queue, cause], {
    since,
    size: count,
    message:
      `${many} (first ${localTime(since, timeZone)}). Example: ${jobInWords(exampleName)}${why} ` +
      `${jobCause(queue, cause).todo} (\`${jobsCommand(queue, cause)}\`)`,
  });
}

/** Jobs under which workers died again and again, set aside. */
export function poisonJob(failed: FailedJobs, timeZone: string): AlarmCause {
  const { queue, cause, count, exampleId, exampleName } = failed;
  const since = new Date(failed.firstAt);
  return alarmCause("poison-job", [queue], {
    since,
    size: count,
    message:
      `${failedInWords(queue, cause, count)} (first ${localTime(since, timeZone)}); all other work goes on. ` +
      `Example: ${jobInWords(exampleName)} (job ${exampleId}). ${jobCause(queue, cause).todo} (\`${jobsCommand(queue, cause)}\`)`,
  });
}
