// Where the operator's command line finds the system: in the environment, else in what `npm start` wrote down.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { passwordsIn } from "@inventory-sync/db";
import { formSettings, formSettingsOf, timesOfDay, timeZoneName } from "@inventory-sync/domain";
import {
  ConfigError,
  type Environment,
  eventShards,
  integer,
  jsonFault,
  loadConfig,
  queueUrl,
  shapeFaultText,
  text,
  url,
} from "@inventory-sync/runtime";
import type { InboxOptions } from "@inventory-sync/sftp";
import { z } from "zod";

const BORDERLINE_SECONDS_MAX = 86_400;

const schema = z.object({
  DATA_DIR: text("a folder").default(".data"),
  DATABASE_URL: url(["postgres", "postgresql"]).optional(),
  DATABASE_ADMIN_URL: url(["postgres", "postgresql"]).optional(),
  DATABASE_OWNER_URL: url(["postgres", "postgresql"]).optional(),
  QUEUE_URL: queueUrl().optional(),
  EVENT_SHARDS: eventShards().optional(),
  SOURCES_FILE: text("a file of the sources of counts").optional(),
  SFTP_URL: url(["sftp"]).optional(),
  SFTP_PRIVATE_KEY_FILE: text("a file with a private key").optional(),
  SFTP_HOST_KEY_SHA256: text("the host key's fingerprint as ssh-keygen -l prints it: SHA256:…").optional(),
  SNAPSHOT_GLOB: text("patterns such as *.csv,*.txt").optional(),
  ...formSettings,
  ARCHIVE_DIR: text("a folder").optional(),
  INGEST_CLIENTS_FILE: text("a file").optional(),
  BOARD_USERS_FILE: text("a file").optional(),
  RESET_AT: timesOfDay.default(["04:00"]),
  RESET_DEADLINE: timesOfDay.default(["06:00"]),
  RESET_TIME_ZONE: timeZoneName.default("UTC"),
  ALERT_WEBHOOK_URL: url(["http", "https"]).optional(),
  ABSENT_ROWS: z.enum(["keep", "zero"]).default("keep"),
  BORDERLINE_SECONDS: integer({ min: 0, max: BORDERLINE_SECONDS_MAX }).default(60),
});

const credentials = z.object({
  database: z.string().optional(),
  queue: z.string().optional(),
  sftp: z
    .object({ host: z.string(), port: z.int(), username: z.string(), password: z.string(), hostKeySha256: z.string() })
    .optional(),
});

/** Where things are. Each is looked up when a command first needs it. @throws ConfigError saying what to set */
export type Addresses = ReturnType<typeof readAddresses>;

/** Reads the environment. @throws ConfigError naming every fault */
export function readAddresses(env: Environment) {
  const given = loadConfig(schema, env);
  const file = join(given.DATA_DIR, "credentials.json");
  const found = (name: string, address: string | undefined): string => {
    if (address !== undefined) return address;
    throw new ConfigError([
      `${name} is not set, and ${file} does not name it either: start the system once with npm start, or set ${name}`,
    ]);
  };
  return {
    /** Of an account that may make roles; it is in no file of ours. */
    databaseAdmin: given.DATABASE_ADMIN_URL,
    /** Of who owns the tables, and may alone take movements out of the ledger; it is in no file of ours either. */
    databaseOwner: () => {
      const address = given.DATABASE_OWNER_URL ?? given.DATABASE_ADMIN_URL;
      if (address !== undefined) return address;
      throw new ConfigError([
        "DATABASE_OWNER_URL is not set: what takes movements out of the ledger signs in as the owner of its tables, which no process may",
      ]);
    },
    /** Passwords that the roles of the database shall have, where the environment names them. */
    rolePasswords: passwordsIn(env),
    database: () => found("DATABASE_URL", given.DATABASE_URL ?? readCredentials(file).database),
    queue: () => found("QUEUE_URL", given.QUEUE_URL ?? readCredentials(file).queue),
    /** In how many parts events are queued, where the environment says so. */
    eventShards: given.EVENT_SHARDS,
    /** The file of the sources of counts; it need not exist. */
    sourcesFile: given.SOURCES_FILE ?? join(given.DATA_DIR, "sources.json"),
    /** When counts are looked for, and by when one must have been applied, where that file does not say. */
    schedule: { resetAt: given.RESET_AT, deadlines: given.RESET_DEADLINE },
    /** How files without a mapping are read; the worker reads the same variables. */
    formSettings: formSettingsOf(given),
    inbox: (): InboxOptions => {
      const saved = given.SFTP_URL === undefined ? readCredentials(file).sftp : undefined;
      const hostKey = given.SFTP_HOST_KEY_SHA256 ?? saved?.hostKeySha256;
      return {
        url: found("SFTP_URL", given.SFTP_URL ?? (saved && sftpUrl(saved))),
        hostKeySha256: found("SFTP_HOST_KEY_SHA256", hostKey).split(/[,\s]+/),
        privateKeyFile: given.SFTP_PRIVATE_KEY_FILE,
        snapshotGlob: given.SNAPSHOT_GLOB,
      };
    },
    archiveDir: given.ARCHIVE_DIR,
    /** The clients file of ingest; it need not exist yet. */
    clientsFile: given.INGEST_CLIENTS_FILE ?? join(given.DATA_DIR, "clients.json"),
    /** The users file of the board; it need not exist yet. */
    usersFile: given.BOARD_USERS_FILE ?? join(given.DATA_DIR, "board-users.json"),
    alertWebhook: given.ALERT_WEBHOOK_URL,
    /** IANA name; times for people are written in it. */
    timeZone: given.RESET_TIME_ZONE,
    /** How an approved facility is applied; the worker reads the same two variables. */
    reconcile: { absentRows: given.ABSENT_ROWS, borderlineSeconds: given.BORDERLINE_SECONDS },
  };
}

function readCredentials(file: string): z.infer<typeof credentials> {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch {
    // The system was never started here; the caller says what to set.
    return {};
  }
  const unread = (why: string) => new ConfigError([`${file} cannot be read: ${why}`]);
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw unread(jsonFault(content, error as SyntaxError));
  }
  const checked = credentials.safeParse(value);
  if (!checked.success) throw unread(shapeFaultText(checked.error, value));
  return checked.data;
}

function sftpUrl({ host, port, username, password }: NonNullable<z.infer<typeof credentials>["sftp"]>): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `sftp://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${name}:${port}/`;
}
