/** How a process lives: configuration, log, metrics, health, shutdown. Everything other packages may use of this one. */
export { ConfigError, configErrorExitCode, type Environment, type LogSettings, loadConfig } from "./config.ts";
export { boolean, decimal, durationMs, integer, list, percent, port, secret, text, url } from "./config-values.ts";
export { type Counted, countedHistogram } from "./counted-histogram.ts";
export { type HealthOptions, type HealthServer, serveHealth } from "./health.ts";
export { createLog, type Logger } from "./log.ts";
export { maskUrl, maskUrlsIn } from "./mask-url.ts";
export { Counter, createMetrics, Gauge, Histogram, Registry } from "./metrics.ts";
export { hashPassword, isPasswordHash, verifyPassword } from "./passwords.ts";
export { type NotPlain, whyNotPlain } from "./plain-request.ts";
export { type ParentMessage, type ProcessOptions, type Running, runProcess } from "./process.ts";
export { type Check, type CheckResult, type Readiness, readinessOf } from "./readiness.ts";
export type { Tracing } from "./tracing.ts";
export { withinMs } from "./within-ms.ts";
