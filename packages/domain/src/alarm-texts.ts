// The texts of alarms about counts and stores, one function a kind: what happened, to what, since when, and what to do. They are read at five in the
// morning by operators who did not build this.
import { type AlarmCause, alarmCause } from "./alarms.ts";
import { type ClockFault, type ClockWindow, clockEvidence } from "./clocks.ts";
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
  const run = source === undefined ? "reset run --wait" : `reset run --source ${source} --wait`;
  const about = source === undefined ? [] : [source];
  const basis = lastAccepted
    ? `Stock is still based on ${lastAccepted.file} of ${localTime(lastAccepted.at, timeZone)} and the sales since.`
    : "None has been accepted before either.";
  const late = (message: string, file?: string): AlarmCause =>
    alarmCause("snapshot-late", about, { since: deadline, message, ...(file !== undefined && { file }) });
  const by = `accepted by the deadline ${localTime(deadline, timeZone)}`;
  if (waiting)
    return late(
      `${waiting.file} waits in incoming/${of} since ${localTime(waiting.at, timeZone)}, and no count was ${by}. ` +
        `Run it now, on the board's page of resets or with \`npm run ops -- ${run}\`: sales since the count are kept. ${basis}`,
      waiting.file,
    );
  const [other] = others;
  if (other === undefined)
    return late(
      `No count${of} was ${by}, and none since. ${basis} ` +
        `Look into incoming/ on the SFTP server${of}: if a file is there, run \`npm run ops -- ${run}\`; if none is, ask whoever runs the export.`,
    );
  const more = others.length > 1 ? ` and ${plural(others.length - 1, "other")}` : "";
  return late(
    `No count${of} was ${by}. In incoming/ on the SFTP server${of} lies ${shownShort(other, OTHER_SHOWN_MAX)}${more}: by its name it is no count, or still on its way (.part, .tmp). ` +
      `If it is one, unpack it or give it the name that counts have (SNAPSHOT_GLOB, or the glob of its source), and run \`npm run ops -- ${run}\`. ${basis}`,
    other,
  );
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
