// Which database errors heal by themselves.

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
const CONNECTION_LOST = new Set(["08000", "08001", "08003", "08004", "08006", "08007"]);

/** The SQLSTATE of an error of pg or of Prisma's raw queries, or undefined when it is none. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, meta } = error as {
    code?: unknown;
    meta?: { driverAdapterError?: { cause?: { originalCode?: string } } };
  };
  const original = meta?.driverAdapterError?.cause?.originalCode;
  if (original !== undefined) return original;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Says whether the same transaction may simply be run again: deadlock, serialization, lock timeout, server going or coming. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return TRANSIENT.has(state) || CONNECTION_LOST.has(state);
  return error instanceof ConcurrentChange;
}

/** Says whether a lock could not be had in the time that the caller gave. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === LOCK_NOT_AVAILABLE;
}

/** Another transaction changed what this one had read; running it again decides by what now stands. */
export class ConcurrentChange extends Error {
  override readonly name = "ConcurrentChange";
}

const UNREACHABLE_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  // Prisma's own: cannot be reached, timed out, closed the connection, no connection of the pool became free.
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
]);
const UNREACHABLE_KINDS = new Set(["DatabaseNotReachable", "ConnectionClosed", "SocketTimeout", "TooManyConnections"]);
// pg gives these errors no code.
const UNREACHABLE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|not queryable|connection error/i;

/**
 * Says whether the database is out of reach rather than unwilling: going, coming, full or gone. Work then waits for it
 * without using up its attempts, however long that takes.
 */
export function isOutage(error: unknown): boolean {
  const { code, meta } = (error ?? {}) as {
    code?: unknown;
    meta?: { driverAdapterError?: { cause?: { kind?: string } } };
  };
  // Asked first: EPIPE and P1001 would pass for an SQLSTATE.
  if (UNREACHABLE_CODES.has(String(code))) return true;
  // A raw query of Prisma's has one code for every failure, and says which it was beside it.
  if (UNREACHABLE_KINDS.has(meta?.driverAdapterError?.cause?.kind ?? "")) return true;
  const state = sqlState(error);
  if (state !== undefined) return CONNECTION_LOST.has(state) || state.startsWith("57P") || state.startsWith("53");
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  return error instanceof Error && UNREACHABLE_TEXT.test(error.message);
}
