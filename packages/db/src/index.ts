// How stock is kept: the only door to the database. Throughout, a `facility`, `product` or `channel` that is a number is the id of its row, and
// a `facilityId` the outside id.
export * from "./activity.ts";
export * from "./alarm-causes.ts";
export * from "./alarms.ts";
export * from "./catalogue/import.ts";
export * from "./catalogue/merge-names.ts";
export * from "./catalogue/numbers.ts";
export * from "./channels/channels.ts";
export * from "./channels/lane.ts";
export * from "./channels/maps.ts";
export * from "./channels/marks.ts";
export * from "./channels/runs.ts";
export { type Connected, type Database, type DatabaseOptions, lookAtConnections, openDatabase } from "./database.ts";
export * from "./errors.ts";
export type { FacilityReset, Prisma, Reset } from "./generated/client.ts";
export * from "./ledger/accepted-events.ts";
export * from "./ledger/apply-events.ts";
export * from "./ledger/archive.ts";
export type { UnknownPolicy } from "./ledger/event-fates.ts";
export {
  abandonPartitions,
  type LedgerShape,
  LOCKS_MIN,
  NotPartitioned,
  partitionLedger,
  readLedgerShape,
} from "./ledger/partition.ts";
export * from "./ledger/time-offset.ts";
export * from "./migrations/at-start.ts";
export * from "./migrations/migrate.ts";
export * from "./names/look.ts";
export * from "./replica.ts";
export type { ReconcileOptions, ReconcileResult } from "./resets/compare.ts";
export * from "./resets/finish.ts";
export * from "./resets/hold.ts";
export * from "./resets/lifecycle.ts";
export * from "./resets/reconcile.ts";
export * from "./resets/revert.ts";
export * from "./resets/scheduled-runs.ts";
export * from "./resets/stage.ts";
export type { StagedRow } from "./resets/staged-parts.ts";
export { movePart, restartReset } from "./resets/transitions.ts";
export { passwordsIn, type RoleKind, type RolePasswords, roleKinds } from "./rights/roles.ts";
export * from "./rights/secure.ts";
export { asJsonb, type Queryable, read, run } from "./statements.ts";
