/** How a process lives: configuration, log, metrics, health, shutdown. Everything other packages may use of this one. */
export * from "./board-users.ts";
export * from "./cached.ts";
export * from "./config.ts";
export * from "./config-values.ts";
export * from "./deadline.ts";
export * from "./error-text.ts";
export * from "./health.ts";
export * from "./log.ts";
export * from "./mask.ts";
export * from "./metrics.ts";
export * from "./post-json.ts";
export * from "./private-file.ts";
export * from "./process.ts";
export type { Tracing } from "./tracing.ts";
export { type WatchedFile, watchJsonFile } from "./watched-file.ts";
