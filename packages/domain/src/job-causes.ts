// Why jobs fail, in people's words: what each cause means, whether trying the same again can ever help, and what to do. Alarms, pages, the
// command line and the runbook say it from here.
import { refusalCodes } from "./snapshot/faults.ts";
import { own } from "./values.ts";
import { plural } from "./words.ts";

export interface JobCause {
  /** Of many of them, as a heading. */
  readonly title: string;
  /** What such a job is, one and many. */
  readonly noun: readonly [one: string, many: string];
  /** What follows the number of them: "could not be booked: the product is not in the catalogue". */
  readonly says: string;
  /** False where the same again fails again, whatever is done: such jobs are dismissed. */
  readonly retryHelps: boolean;
  /** What is to be done before they are retried or dismissed. */
  readonly todo: string;
}

const SALES = ["sale", "sales"] as const;
const JOBS = ["job", "jobs"] as const;
const FILES = ["file", "files"] as const;

/** Causes that mean the same wherever they stand. */
const KNOWN: Readonly<Record<string, JobCause>> = {
  EVENT_ID_REUSED: {
    title: "Sales under a used receipt number",
    noun: SALES,
    says: "could not be booked: another receipt has the same number",
    retryHelps: false,
    todo:
      "Retrying cannot help. Show the jobs: both sales of a number stand side by side. Book the true ones under numbers of their own, then " +
      "dismiss the rest.",
  },
  DOCUMENT_MOVED: {
    title: "Sales whose store changed",
    noun: SALES,
    says: "could not be booked: the same Prism document is booked at another store",
    retryHelps: false,
    todo: "Retrying cannot help. Where the goods left the store named last, correct both stores by adjustments; then dismiss them.",
  },
  BAD_PAYLOAD: {
    title: "Jobs that cannot be read",
    noun: JOBS,
    says: "could not be read: added by hand, or damaged",
    retryHelps: false,
    todo: "Retrying cannot help. Look at what they carry, then dismiss them.",
  },
  POISON: {
    title: "Jobs that brought workers down",
    noun: JOBS,
    says: "brought down every worker that took them and are set aside",
    retryHelps: true,
    todo: "Nothing is lost. Look at what the workers logged before they died; retry only once that is fixed.",
  },
  ASSERTION: {
    title: "Jobs stopped by a fault of the program",
    noun: JOBS,
    says: "failed by a fault of the program",
    retryHelps: true,
    todo: "Nothing is lost. Give the example to the developers; retry once a version is installed that can do them.",
  },
  UNKNOWN_RESET: {
    title: "Jobs of resets that are not on record",
    noun: JOBS,
    says: "could not be done: no such reset is on record",
    retryHelps: false,
    todo: "Retrying cannot help. Run a reset over the file if it is still to be applied, then dismiss them.",
  },
  FILE_GONE: {
    title: "Files that were taken away",
    noun: FILES,
    says: "could not be used: no longer in incoming/",
    retryHelps: false,
    todo: "Retrying cannot help. Put the file into incoming/ again and run a reset, then dismiss them.",
  },
};

const REFUSED: Omit<JobCause, "says"> = {
  title: "Refused files",
  noun: FILES,
  retryHelps: false,
  todo: "Retrying cannot help: the same bytes are refused again. Have the file corrected and sent again, then dismiss them.",
};

/** Causes of jobs of the queue `events`. */
const OF_SALES: Readonly<Record<string, JobCause>> = {
  UNKNOWN_PRODUCT: {
    title: "Sales with unknown products",
    noun: SALES,
    says: "could not be booked: the product is not in the catalogue",
    retryHelps: true,
    todo: "Nothing is lost. Import the products (`npm run ops -- catalogue import FILE.csv`), then retry.",
  },
  UNKNOWN_FACILITY: {
    title: "Sales of unknown stores",
    noun: SALES,
    says: "could not be booked: the store is not known",
    retryHelps: true,
    todo: "Nothing is lost. Make the store known, or have its sender corrected, then retry.",
  },
};

const OTHERS: Readonly<Record<string, Pick<JobCause, "noun" | "says">>> = {
  events: { noun: SALES, says: "could not be booked" },
  resets: { noun: ["reset", "resets"], says: "could not be run" },
  "facility-resets": { noun: ["store", "stores"], says: "could not be reset" },
};

const refusals = new Set<string>(refusalCodes);

/** Each cause that has words of its own. */
export const jobCauses: readonly string[] = [...Object.keys(OF_SALES), ...Object.keys(KNOWN), ...refusalCodes];

/** What a cause of failed jobs means. @param cause the code before the first colon of their failure */
export function jobCause(queue: string, cause: string): JobCause {
  const known = (queue === "events" ? own(OF_SALES, cause) : undefined) ?? own(KNOWN, cause);
  if (known) return known;
  if (refusals.has(cause)) return { ...REFUSED, says: `could not be used: ${cause}` };
  const { noun, says } = own(OTHERS, queue) ?? { noun: JOBS, says: "could not be done" };
  const title = `${noun[1].charAt(0).toUpperCase()}${noun[1].slice(1)} that failed: ${cause}`;
  return { title, noun, says, retryHelps: true, todo: "Nothing is lost. Fix the cause, then retry." };
}

/** Whether the words of a cause say all there is to say about one of its jobs. */
export function isExplained(queue: string, cause: string): boolean {
  return (queue === "events" && own(OF_SALES, cause) !== undefined) || cause === "EVENT_ID_REUSED";
}

/** "90 sales could not be booked: the product is not in the catalogue" */
export function failedInWords(queue: string, cause: string, count: number): string {
  const { noun, says } = jobCause(queue, cause);
  return `${plural(count, ...noun)} ${says}`;
}

/** The command that acts on all failed jobs of a cause: retries them, or dismisses them where that cannot help. */
export function jobsCommand(queue: string, cause: string): string {
  const act = jobCause(queue, cause).retryHelps ? `retry --error ${cause}` : `dismiss --error ${cause} --reason TEXT`;
  return `npm run ops -- jobs ${act}`;
}

/** A job by its name, as people know it: "receipt NP-7089, store S004" for "sale S004 NP-7089". */
export function jobInWords(name: string): string {
  const [type, facilityId, eventId, ...more] = name.split(" ");
  const isOne = eventId !== undefined && more.length === 0 && SINGLE.has(type ?? "");
  return isOne ? `receipt ${eventId}, store ${facilityId}` : `“${name}”`;
}

const SINGLE = new Set(["sale", "return", "adjustment", "shipment", "shipment-acknowledged"]);
