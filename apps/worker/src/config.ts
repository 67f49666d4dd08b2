// What the worker reads from its environment.
import { formSettings, timesOfDay, timeZoneName } from "@inventory-sync/domain";
import {
  boolean,
  decimal,
  eventShards,
  integer,
  list,
  loadConfig,
  port,
  queueUrl,
  shardsFitQueue,
  text,
  url,
} from "@inventory-sync/runtime";
import type { UsualSource } from "@inventory-sync/sftp";
import { z } from "zod";

/** Changes can be many times what there was, so a guard's limit may be far above 100. */
const GUARD_PCT_MAX = 1_000_000;
const guardPct = (usual: number) => decimal({ min: 0, max: GUARD_PCT_MAX }).default(usual);

const schema = z.object({
  DATABASE_URL: url(["postgres", "postgresql"]),
  DATABASE_POOL_MAX: integer({ min: 2, max: 100 }).default(16),
  DATABASE_DIRECT_URL: url(["postgres", "postgresql"]).optional(),
  DATABASE_READ_URL: url(["postgres", "postgresql"]).optional(),
  READ_LAG_MS_MAX: integer({ min: 100, max: 3_600_000 }).default(5_000),
  QUEUE_URL: queueUrl(),
  QUEUE_REPLICAS: integer({ min: 0, max: 10 }).default(0),
  EVENT_SHARDS: eventShards().default(1),
  ALLOW_VOLATILE_QUEUE: boolean().default(false),
  SFTP_URL: url(["sftp"]),
  SFTP_PRIVATE_KEY_FILE: text().optional(),
  SFTP_HOST_KEY_SHA256: list("one or more host key fingerprints as OpenSSH prints them, separated by commas"),
  SOURCES_FILE: text().optional(),
  DATA_DIR: text().default(".data"),
  WORKER_PORT: port().optional(),
  CHANNELS_FILE: text().optional(),
  CHANNEL_BEHIND_MINUTES: integer({ min: 0, max: 1_440 }).default(10),
  RESET_AT: timesOfDay.default(["04:00"]),
  RESET_TIME_ZONE: timeZoneName.default("UTC"),
  RESET_DEADLINE: timesOfDay.default(["06:00"]),
  SILENT_AFTER_MINUTES: integer({ min: 0, max: 1_440 }).default(240),
  REFUSED_AFTER_MINUTES: integer({ min: 0, max: 1_440 }).default(10),
  ALERT_WEBHOOK_URL: url(["http", "https"]).optional(),
  ALERT_REPEAT_MINUTES: integer({ min: 0, max: 10_080 }).default(60),
  BOARD_URL: url(["http", "https"]).optional(),
  SNAPSHOT_GLOB: text().default("*.csv,*.csv.gz,*.txt"),
  ...formSettings,
  SNAPSHOT_SETTLE_SECONDS: integer({ min: 0, max: 3_600 }).default(10),
  SNAPSHOT_FINAL_NEWLINE: z.enum(["required", "optional"]).default("required"),
  SNAPSHOT_DUPLICATE_IDS: z.enum(["agree", "add"]).default("agree"),
  UNKNOWN_FACILITY: z.enum(["create", "reject"]).default("create"),
  UNKNOWN_PRODUCT: z.enum(["create", "reject", "skip"]).default("create"),
  ABSENT_ROWS: z.enum(["keep", "zero"]).default("keep"),
  GUARD_REJECTED_PCT: guardPct(5),
  GUARD_ZEROED_PCT: guardPct(20),
  GUARD_MISSING_PCT: guardPct(20),
  GUARD_UNITS_PCT: guardPct(50),
  GUARD_RENAMED_PCT: guardPct(5),
  GUARD_NEW_FACILITIES: integer({ min: 0, max: 1_000_000 }).default(1_000),
  BORDERLINE_SECONDS: integer({ min: 0, max: 86_400 }).default(60),
  EVENTS_IN_FLIGHT_MAX: integer({ min: 1, max: 10_000 }).default(400),
  EVENTS_BATCH_LINES_MAX: integer({ min: 1, max: 5_000 }).default(400),
  EVENTS_BATCH_WAIT_MS_MAX: integer({ min: 0, max: 1_000 }).default(20),
  FACILITY_RESETS_AT_ONCE_MAX: integer({ min: 1, max: 64 }).default(2),
  FACILITY_RESETS_TOGETHER_MAX: integer({ min: 1, max: 10_000 }).default(200),
  FACILITIES_A_TRANSACTION_MAX: integer({ min: 1, max: 1_000 }).default(100),
});

/** The worker's settings, by the names of their variables. */
export type WorkerConfig = z.output<typeof schema>;

/** Reads the settings. @throws ConfigError naming every fault */
export function readConfig(): WorkerConfig {
  return loadConfig(schema.refine(...shardsFitQueue));
}

/** What a source of counts is where SOURCES_FILE does not say otherwise. */
export function usualSource(config: WorkerConfig): UsualSource {
  return {
    inbox: () => ({
      url: config.SFTP_URL,
      privateKeyFile: config.SFTP_PRIVATE_KEY_FILE,
      hostKeySha256: config.SFTP_HOST_KEY_SHA256,
      snapshotGlob: config.SNAPSHOT_GLOB,
    }),
    resetAt: config.RESET_AT,
    deadlines: config.RESET_DEADLINE,
    timeZone: config.RESET_TIME_ZONE,
  };
}
