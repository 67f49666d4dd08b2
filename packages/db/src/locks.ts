// The advisory locks of the product: the first key of PostgreSQL's two-key form, so that they can never meet the one-key
// locks of BullMQ's PostgreSQL backend. Lock order: facility, then its shipments, then levels by (facility, product).

import { type Queryable, run } from "./statements.ts";

/** First keys of the advisory locks; the second key is the facility's number, or 0. */
export const Locks = {
  /** Held over a migration; second key 0. */
  migration: 7001,
  /** Shared (try) by movements, exclusive by a facility reset (R8); second key facility.id. */
  facility: 7002,
  /** Exclusive (try) by batches with shipments or their acknowledgements, so that neither misses the other. */
  shipments: 7003,
  /** Exclusive (try) over the staging of one reset; second key a hash of the reset id. */
  staging: 7004,
  /** Exclusive (try) by the worker that looks what should ring; second key 0. */
  alarms: 7005,
  /** Shared (try) by movements, exclusive while the names of two products are made one or separated; second key 0. */
  productNames: 7006,
  /** Exclusive (try) by the worker that numbers what channels are told of next; second key 0. */
  marks: 7007,
  /** Exclusive (try, of the session) by who puts the ledger into partitions, second key 0; by what copies a facility, or takes rows out of it meanwhile, second key facility.id. */
  copy: 7008,
} as const;

/** One facility's reset or revert may take so long. */
const FACILITY_MS_MAX = 15 * 60_000;
/** Enough for some 100,000 products of one facility to be compared without temporary files. */
const WORK_MEM = "32MB";

/**
 * Waits for a facility and takes it until the transaction ends (R8), with the settings for what follows in the transaction.
 * @param facility facility.id
 * @param plans "joins" keeps the statements that follow from plans that go row by row
 * @throws SQLSTATE 55P03 when the lock could not be had in time
 */
export async function lockFacility(
  on: Queryable,
  { facility, ...how }: { readonly facility: number } & LockOptions,
): Promise<void> {
  await lockFacilities(on, { facilities: [facility], ...how });
}

interface LockOptions {
  readonly lockWaitMsMax: number;
  readonly plans: "joins" | "any";
}

/**
 * The same for several at once. Those that somebody has at the moment are left out, and not waited for: nobody waits while it keeps
 * others locked. One alone is waited for.
 * @returns those that were taken
 */
export async function lockFacilities(
  on: Queryable,
  { facilities, lockWaitMsMax, plans }: { readonly facilities: readonly number[] } & LockOptions,
): Promise<number[]> {
  const settings = [String(lockWaitMsMax), String(FACILITY_MS_MAX), plans === "joins" ? "off" : "on", WORK_MEM];
  const taken = await run<{ facility: number }>(on, "lock_facility", [Locks.facility, facilities, ...settings]);
  return taken.map(({ facility }) => facility);
}
