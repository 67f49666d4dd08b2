// What alarms look at: one watch for each thing that may be wrong. A watch finds everything of the kinds that it judges; what it
// does not find is resolved.
import {
  clockWindows,
  deadlineKept,
  type Findings,
  failedResets,
  filesNotPutAway,
  heldFacilities,
  missingFacilities,
  namePairs,
  type Replica,
  refusedClients,
  silentFacilities,
} from "@inventory-sync/db";
import {
  type AlarmCause,
  clientRefused,
  clockFault,
  clockWrong,
  deadlineWindows,
  type FailedReset,
  facilityHeld,
  facilityMissing,
  facilitySilent,
  fileNotPutAway,
  filesRefused,
  grouped,
  jobsFailed,
  namedKinds,
  namesApart,
  passedDeadline,
  poisonJob,
  refusalCodes,
  resetFailed,
  snapshotLate,
} from "@inventory-sync/domain";
import type { ResetParts } from "../resets/parts.ts";
import { leftWaiting } from "./left-waiting.ts";

export type AlarmParts = Pick<ResetParts, "database" | "queues" | "config" | "sources" | "metrics" | "log"> & {
  /** The board's; undefined where it has none. */
  readonly replica?: Replica | undefined;
};

/** Looks at one thing. @param now the database's time */
export type Watch = (parts: Omit<AlarmParts, "metrics" | "log">, now: Date) => Promise<Findings>;

/**
 * Alarm snapshot-late: the newest deadline of a source passed without a snapshot that was accepted. It is resolved when one is, which may be
 * a held facility that an operator approves. A system that had not been asked for a reset before the deadline has missed none. An alarm
 * that fires from an earlier deadline goes on firing since then.
 */
export const watchDeadline: Watch = async ({ database, sources }, now) => {
  const all = sources.all();
  // All at once: servers that hang would else take longer together than the transaction of the alarms may stand idle.
  const causes = await Promise.all(
    all.map(async (each): Promise<AlarmCause[]> => {
      const { name, deadlines } = each;
      const passed = passedDeadline(deadlines, now);
      if (!passed) return [];
      const { inUse, accepted, lastAccepted } = await deadlineKept(database, passed, name);
      if (!inUse || accepted) return [];
      const source = all.length > 1 ? name : undefined;
      const left = await leftWaiting({ database }, each);
      return [snapshotLate({ deadline: passed.deadline, lastAccepted, source, ...left }, deadlines.timeZone)];
    }),
  );
  return {
    judged: sources.fault() === undefined || all.length > 0 ? ["snapshot-late"] : [],
    causes: causes.flat(),
  };
};

/** Alarm facility-held: a facility waits for a decision. */
export const watchHeld: Watch = async ({ database, config }) => {
  const held = await heldFacilities(database);
  return { judged: ["facility-held"], causes: held.map((each) => facilityHeld(each, config.RESET_TIME_ZONE)) };
};

/**
 * Alarms file-refused and reset-failed, until a later reset is accepted. Files that one daily run refuses are one alarm, which waits until
 * the run is over, ten minutes at most. That a file was refused is told by the code that the
 * reset's outcome begins with.
 */
export const watchFailedResets: Watch = async ({ database, config }, now) => {
  const timeZone = config.RESET_TIME_ZONE;
  const isRefusal = ({ outcome }: FailedReset) => refusalCodes.some((code) => outcome?.startsWith(`${code}: `));
  const failed = await failedResets(database, now);
  const told = failed.filter((each) => isRefusal(each) && each.isRunOpen !== true);
  const refused = grouped(told, ({ run, resetId }) => run ?? resetId);
  const causes = [
    ...[...refused.values()].map((each) => filesRefused(each, timeZone)),
    ...failed.filter((each) => !isRefusal(each)).map((each) => resetFailed(each, timeZone)),
  ];
  return { judged: ["file-refused", "reset-failed"], causes };
};

/**
 * Alarm file-not-put-away: files of ended resets still lie in incoming/, or their rejected rows were not returned, until that is done. Of a
 * source that is no longer in SOURCES_FILE nothing can be done.
 */
export const watchNotPutAway: Watch = async ({ database, sources, config }) => {
  const left = (await filesNotPutAway(database)).filter(({ source }) => sources.find(source) !== undefined);
  const causes = fileNotPutAway(left, config.RESET_TIME_ZONE);
  return { judged: ["file-not-put-away"], causes };
};

const MORNINGS_LOOKED = 16;

/**
 * Alarm facility-missing: the newest count of a source does not list a facility that one of the days before did, until a count lists it
 * again. One that comes in a file of its own is missing when its deadline has passed.
 */
export const watchMissing: Watch = async ({ database, sources }, now) => {
  const all = sources.all();
  const causes: AlarmCause[] = [];
  for (const { name, deadlines } of all) {
    const mornings = deadlineWindows(deadlines, now, MORNINGS_LOOKED * deadlines.times.length);
    const missing = await missingFacilities(database, now, { source: name, mornings });
    for (const each of missing) causes.push(facilityMissing(each, deadlines.timeZone));
  }
  return { judged: sources.fault() === undefined || all.length > 0 ? ["facility-missing"] : [], causes };
};

/**
 * Alarm facility-silent: nothing has come from a facility for SILENT_AFTER_MINUTES, at an hour at which it usually sells, until its
 * next event. 0 minutes turn this off, and what fired is resolved then.
 */
export const watchSilent: Watch = async ({ database, config }, now) => {
  const minutes = config.SILENT_AFTER_MINUTES;
  const silent = minutes === 0 ? [] : await silentFacilities(database, { now, minutes });
  return {
    judged: ["facility-silent"],
    causes: silent.map((each) => facilitySilent({ ...each, minutes }, config.RESET_TIME_ZONE)),
  };
};

/** Alarm clock-wrong: a facility's newest events cannot have happened when they say, until they can, or have been too few for 6 hours. */
export const watchClocks: Watch = async ({ database, config }, now) => {
  const windows = await clockWindows(database, { now });
  const causes = windows.flatMap((window) => {
    const fault = clockFault(window);
    return fault === undefined ? [] : [clockWrong(window, fault, config.RESET_TIME_ZONE)];
  });
  return { judged: ["clock-wrong"], causes };
};

/** Fewer refused requests are no matter for an alarm, however they are spread. */
const REFUSED_MIN = 10;

/**
 * Alarm client-refused: ingest refuses a client steadily, in half of the last REFUSED_AFTER_MINUTES or more, until it is refused less
 * often. 0 minutes turn this off.
 */
export const watchRefused: Watch = async ({ database, config }, now) => {
  const minutes = config.REFUSED_AFTER_MINUTES;
  const refused = minutes === 0 ? [] : await refusedClients(database, { now, minutes, atLeast: REFUSED_MIN });
  return {
    judged: ["client-refused"],
    causes: refused.map((each) => clientRefused({ ...each, minutes }, config.RESET_TIME_ZONE)),
  };
};

/** Of so many failed jobs in one queue no more are looked at: their causes are known by then. */
const LOOKED_MAX = 5_000;

const refusals = new Set<string>(refusalCodes);

/**
 * Alarms jobs-failed and poison-job: jobs stay failed until their cause is corrected and they are retried. A refused file also leaves a
 * failed job, but it has an alarm of its own, and nothing of it is to be retried. Where not all failed jobs were looked at, causes that
 * were not seen are not resolved for that.
 */
export const watchFailedJobs: Watch = async ({ queues, config }) => {
  if (!queues.isConnected()) throw new Error("the queue server cannot be reached");
  const { causes, looked, total } = await queues.failedCauses({ lookedMax: LOOKED_MAX });
  const isAll = looked >= total;
  const told = causes.filter(({ queue, cause }) => queue !== "resets" || !refusals.has(cause));
  return {
    judged: isAll ? ["jobs-failed", "poison-job"] : [],
    causes: told.map((each) => {
      const causeOf = each.cause === "POISON" ? poisonJob : jobsFailed;
      return causeOf({ ...each, isAll }, config.RESET_TIME_ZONE);
    }),
  };
};

/** The alarm tells of a few pairs; the page has all of them. */
const PAIRS_TOLD_MAX = 3;

/**
 * Alarm names-apart, one for stores and one for products: two names may be one, and stock is wrong under both, until they are made one,
 * are said to differ, or it is no longer so.
 */
export const watchNamesApart: Watch = async ({ database, config }) => {
  const found = await Promise.all(
    namedKinds.map(async (kind) => {
      const rows = await namePairs(database, { kind, isSaidToDiffer: false, limit: PAIRS_TOLD_MAX });
      const [first] = rows;
      if (!first) return [];
      const since = new Date(rows.map(({ firstSeen }) => firstSeen).toSorted()[0] ?? first.firstSeen);
      const pairs = rows.map(({ pair }) => pair);
      return [namesApart({ kind, pairs, count: first.matching, since }, config.RESET_TIME_ZONE)];
    }),
  );
  return { judged: ["names-apart"], causes: found.flat() };
};
