// The advisory locks of the product: the first key of PostgreSQL's two-key form, so that they can never meet the one-key
// locks of BullMQ's PostgreSQL backend. Lock order: facility, then its shipments, then levels by (facility, product).

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
} as const;
