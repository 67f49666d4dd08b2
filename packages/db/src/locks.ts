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
  {
    facility,
    lockWaitMsMax,
    plans,
  }: { readonly facility: number; readonly lockWaitMsMax: number; readonly plans: "joins" | "any" },
): Promise<void> {
  const settings = [String(lockWaitMsMax), String(FACILITY_MS_MAX), plans === "joins" ? "off" : "on", WORK_MEM];
  await run(on, "lock_facility", [Locks.facility, facility, ...settings]);
}
