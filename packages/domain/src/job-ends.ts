// How an alarm about failed jobs ended: what operators did about them, in words.
import { jobInWords } from "./job-causes.ts";
import { plural, quantityText, shortened } from "./words.ts";

/** What one operator did about the failed jobs of one cause: retried them, or dismissed them for one reason. */
export interface JobsAct {
  readonly who: string;
  /** Why they were dismissed; null where they were retried. */
  readonly reason: string | null;
  readonly jobs: number;
  /** Of those retried; null where it is not known, and of those dismissed. */
  readonly done: number | null;
  readonly failedAgain: number | null;
  /** Sales that were not in the ledger when they were dismissed, and names of jobs that had some. */
  readonly lost: number;
  readonly lostNames: readonly string[] | null;
}

/** The queue and the cause of the failed jobs that an alarm of this key is about; undefined where it is about something else. */
export function jobsOfAlarm(key: string): { readonly queue: string; readonly cause: string } | undefined {
  const [kind, queue, cause = "POISON"] = key.split(":");
  return queue !== undefined && (kind === "jobs-failed" || kind === "poison-job") ? { queue, cause } : undefined;
}

/** "45 dismissed by admin: “till set back”. 90 retried by olga: 69 done, 21 failed again." */
export function endedBy(acts: readonly JobsAct[]): string {
  if (acts.length === 0)
    return "No operator retried or dismissed them: they were sent again, or are gone from the queue.";
  return acts.map((act) => (act.reason === null ? retriedText(act) : dismissedText(act))).join(" ");
}

function retriedText({ who, jobs, done, failedAgain }: JobsAct): string {
  const ends = done === null ? "" : `: ${endsText({ done, failedAgain: failedAgain ?? 0, underWay: 0 })}`;
  return `${quantityText(jobs)} retried by ${who}${ends}.`;
}

const REASON_CHARACTERS_MAX = 200;

function dismissedText({ who, reason, jobs, lost, lostNames }: JobsAct): string {
  const names = (lostNames ?? []).map(jobInWords);
  const more = lost - names.length;
  const named = [...names, ...(more > 0 && names.length > 0 ? [`${quantityText(more)} more`] : [])].join("; ");
  const loss = lost === 0 ? "" : ` ${plural(lost, "sale is", "sales are")} lost${named && `: ${named}`}.`;
  return `${quantityText(jobs)} dismissed by ${who}: “${shortened(reason ?? "", REASON_CHARACTERS_MAX)}”.${loss}`;
}

/** What became of retried jobs: "69 done, 21 failed again". */
export function endsText(ends: {
  readonly done: number;
  readonly failedAgain: number;
  readonly underWay: number;
}): string {
  const { done, failedAgain, underWay } = ends;
  const parts = [
    (done > 0 || failedAgain + underWay === 0) && `${quantityText(done)} done`,
    failedAgain > 0 && `${quantityText(failedAgain)} failed again`,
    underWay > 0 && `${quantityText(underWay)} under way`,
  ];
  return parts.filter((part) => part !== false).join(", ");
}
