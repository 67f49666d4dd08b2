/** How a process lives: configuration, log, metrics, health, shutdown. Everything other packages may use of this one. */
export {
  type BoardRole,
  type BoardUser,
  boardRoles,
  boardUsersFile,
  hashPassword,
  isPasswordHash,
  verifyPassword,
} from "./board-users.ts";
export { cached } from "./cached.ts";
export {
  configErrorExitCode,
  type Environment,
  type LogSettings,
  loadConfig,
  ownEnvironment,
  readSecret,
  type SecretReference,
} from "./config.ts";
export {
  boolean,
  decimal,
  eventShards,
  integer,
  list,
  port,
  queueSchemes,
  queueUrl,
  secret,
  shardsFitQueue,
  text,
  url,
} from "./config-values.ts";
export { DeadlinePassed, untilAborted, withinMs } from "./deadline.ts";
export { ConfigError, jsonFault, jsonPointer, type Path, type ShapeFault, shapeFaults } from "./error-text.ts";
export {
  type Check,
  type CheckResult,
  type HealthOptions,
  type HealthServer,
  listen,
  type Readiness,
  readinessOf,
  serveHealth,
} from "./health.ts";
export { createLog, type Logger } from "./log.ts";
export { maskUrl, maskUrlsIn, notedSecret, withoutSecrets } from "./mask.ts";
export { type Counted, Counter, countedHistogram, createMetrics, Gauge, Histogram, Registry } from "./metrics.ts";
export { postJson } from "./post-json.ts";
export { writePrivateFile } from "./private-file.ts";
export { type ParentMessage, type ProcessOptions, type Running, runProcess } from "./process.ts";
export type { Tracing } from "./tracing.ts";
export { type WatchedFile, watchJsonFile } from "./watched-file.ts";
