// Which database errors heal by themselves. What an outage is stands in runtime.
import { sqlState } from "@inventory-sync/runtime/unreachable";

export { hasNoRoom, isOutage, sqlState } from "@inventory-sync/runtime/unreachable";

const LOCK_NOT_AVAILABLE = "55P03";

const TRANSIENT = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  LOCK_NOT_AVAILABLE,
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "53300", // too_many_connections
]);
// Class 08 without 08P01, a protocol violation: that is a fault in a statement, and it does not heal.
const CONNECTION_LOST = /^08(?!P01)/;

/** Says whether the same transaction may simply be run again: deadlock, serialization, lock timeout, server going or coming. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return TRANSIENT.has(state) || CONNECTION_LOST.test(state);
  return error instanceof ConcurrentChange;
}

/** Says whether a lock could not be had in the time that the caller gave. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === LOCK_NOT_AVAILABLE;
}

/** Another transaction changed what this one had read; running it again decides by what is there now. */
export class ConcurrentChange extends Error {
  override readonly name = "ConcurrentChange";
}
