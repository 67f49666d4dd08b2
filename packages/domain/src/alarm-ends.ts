// How alarms ended that operators end: what they did about failed jobs, and what they decided about a held store, in words.
import { jobInWords } from "./job-causes.ts";
import { plural, quantityText, sentence, shortened } from "./words.ts";

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

/** One facility's part of a reset, once it is not held any more. */
export interface HoldEnd {
  readonly state: string;
  /** An operator; of a count that a newer one has overtaken "reset" and the newer one's id. */
  readonly decidedBy: string | null;
  readonly decidedBecause: string | null;
  readonly corrected: number;
  readonly unitsBefore: number;
  readonly unitsAfter: number;
}

/** "Approved by olga: 12 products corrected, 120 → 98 units (half of it moved)." @param end undefined when there is no such part any more */
export function holdEndedBy(end: HoldEnd | undefined): string {
  const { state, decidedBy, decidedBecause } = end ?? { state: "", decidedBy: null, decidedBecause: null };
  const because = decidedBecause === null ? "" : ` (“${decidedBecause}”)`;
  if (end && state === "applied")
    return `Approved by ${decidedBy}${because}: ${plural(end.corrected, "product")} corrected, ${quantityText(end.unitsBefore)} → ${quantityText(end.unitsAfter)} units.`;
  if (state === "rejected" && decidedBy?.startsWith("reset "))
    return `Not needed any more: a newer count of the store was applied (${decidedBy}).`;
  if (state === "rejected") return `Rejected by ${decidedBy}${because}: its stock stayed as it was.`;
  return state === "" ? "The store is not part of that reset any more." : sentence(`It is not held any more: ${state}`);
}
