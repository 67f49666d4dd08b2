// What the log says of events: a line for each that fails, with what it is about; one for a facility that events begin to wait
// for, not one for each of thousands of them; and at the level debug one for every job.
import type { JobEnded } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";

/** Of one facility's waiting this is told at most so often. */
const DEFERRED_TOLD_EVERY_MS = 60_000;
const FACILITIES_REMEMBERED_MAX = 1_000;

/** Makes the teller of one worker. */
export function endTeller(log: Logger): (ended: JobEnded, nowMs?: number) => void {
  const toldAt = new Map<string, number>();
  return ({ fate, jobName: job, jobId, code, message, about, durationMs }, nowMs = Date.now()) => {
    if (fate === "rejected" || fate === "failed") {
      log.warn({ job, jobId, code, ...about, fate }, `${fate}: ${message}`);
      return;
    }
    if (fate === "deferred" && isNews(toldAt, about?.facilityId ?? "", nowMs)) {
      log.info({ job, jobId, ...about, fate }, `events wait: ${message}`);
      return;
    }
    if (log.isLevelEnabled("debug"))
      log.debug({ job, jobId, ...about, fate, tookMs: Math.round(durationMs) }, `job ${fate}`);
  };
}

function isNews(toldAt: Map<string, number>, facilityId: string, nowMs: number): boolean {
  if (nowMs - (toldAt.get(facilityId) ?? Number.NEGATIVE_INFINITY) < DEFERRED_TOLD_EVERY_MS) return false;
  if (toldAt.size >= FACILITIES_REMEMBERED_MAX) toldAt.clear();
  toldAt.set(facilityId, nowMs);
  return true;
}
