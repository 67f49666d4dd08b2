/** How a process lives: configuration, log, metrics, health, shutdown. Everything other packages may use of this one. */
export { type BoardRole, type BoardUser, boardRoles, boardUsersFile } from "./board-users.ts";
export { type Cached, cached } from "./cached.ts";
export {
  configErrorExitCode,
  type Environment,
  type LogSettings,
  loadConfig,
  ownEnvironment,
  readSecret,
  type SecretReference,
} from "./config.ts";
export { ConfigError } from "./config-error.ts";
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
export { jsonPointer, type Path, type ShapeFault, shapeFaults } from "./error-text.ts";
export {
  type Check,
  type CheckResult,
  type HealthOptions,
  type HealthServer,
  type Readiness,
  readinessOf,
  serveHealth,
} from "./health.ts";
export { jsonFault } from "./json-fault.ts";
export { createLog, type Logger } from "./log.ts";
export { maskUrl, maskUrlsIn } from "./mask-url.ts";
export { type Counted, Counter, countedHistogram, createMetrics, Gauge, Histogram, Registry } from "./metrics.ts";
export { hashPassword, isPasswordHash, verifyPassword } from "./passwords.ts";
export { postJson } from "./post-json.ts";
export { writePrivateFile } from "./private-file.ts";
export { type ParentMessage, type ProcessOptions, type Running, runProcess } from "./process.ts";
export { notedSecret, withoutSecrets } from "./secrets-read.ts";
export type { Tracing } from "./tracing.ts";
export { type WatchedFile, watchJsonFile } from "./watched-file.ts";
