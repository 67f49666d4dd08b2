/**
 * What "a server cannot be reached" means: the one table, for PostgreSQL asked through pg or Prisma, and for whatever else is asked over a
 * socket. Has a path of its own, so that a thread which needs nothing else does not load log and metrics.
 */

const CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  // Prisma's own: cannot be reached, timed out, closed the connection, no connection of the pool became free.
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
]);
// A raw query of Prisma's has one code for every failure, and says beside it which it was.
const KINDS = new Set(["DatabaseNotReachable", "ConnectionClosed", "SocketTimeout", "TooManyConnections"]);
// Connection lost (08), no room (53), going or coming (57P).
const STATES = /^(08|53|57P)/;
// A fault in a statement. With a connection that ends it is all that PgBouncer says of whatever keeps it from its server.
const PROTOCOL_VIOLATION = "08P01";
// pg gives these errors no code.
const TEXT =
  /connection terminated|query read timeout|timeout exceeded when trying to connect|not queryable|connection error/i;

type Cause = { kind?: string; originalCode?: string; severity?: string };
type Told = { code?: unknown; severity?: unknown; meta?: { driverAdapterError?: { cause?: Cause } } };

/** The SQLSTATE of an error of pg or of Prisma's raw queries, or undefined when it is none. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, meta } = error as Told;
  const original = meta?.driverAdapterError?.cause?.originalCode;
  if (original !== undefined) return original;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Says whether the server is there, but has no room: disk, memory or connections. It answers what needs none, so it is not known to be away. */
export function hasNoRoom(error: unknown): boolean {
  return sqlState(error)?.startsWith("53") === true;
}

/**
 * Says whether a server is out of reach rather than unwilling: going, coming, full or gone. Work then waits for it without using up
 * its attempts, however long that takes.
 */
export function isOutage(error: unknown): boolean {
  const { code, severity, meta } = (error ?? {}) as Told;
  // Asked first: EPIPE and P1001 would pass for an SQLSTATE.
  if (CODES.has(String(code)) || KINDS.has(meta?.driverAdapterError?.cause?.kind ?? "")) return true;
  const state = sqlState(error);
  if (state === PROTOCOL_VIOLATION) return (meta?.driverAdapterError?.cause?.severity ?? severity) === "FATAL";
  if (state !== undefined) return STATES.test(state);
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  return error instanceof Error && TEXT.test(error.message);
}
