// How stock is kept: the only door to the database.
export * from "./catalogue/create.ts";
export * from "./catalogue/load.ts";
export * from "./database.ts";
export * from "./errors.ts";
export * from "./ledger/apply-events.ts";
export * from "./migrations/migrate.ts";
export * from "./resets/finish.ts";
export * from "./resets/lifecycle.ts";
export * from "./resets/open.ts";
export * from "./resets/reconcile.ts";
export * from "./resets/scheduled-runs.ts";
export * from "./resets/stage.ts";
