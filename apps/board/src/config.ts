// The settings of the board, from the environment.
import { isIP } from "node:net";
import { formSettings, formSettingsOf, timesOfDay, timeZoneName } from "@inventory-sync/domain";
import {
  type Environment,
  integer,
  list,
  loadConfig,
  port,
  queueUrl,
  secret,
  text,
  url,
} from "@inventory-sync/runtime";
import { z } from "zod";

const PORT_DEFAULT = 3001;
const TOKEN_CHARACTERS_MIN = 32;
const BORDERLINE_SECONDS_MAX = 86_400;

const PROXIES = "addresses or subnets of proxies, such as 10.0.0.5,10.1.0.0/16";

const schema = z.object({
  BOARD_PORT: port().default(PORT_DEFAULT),
  BOARD_HOST: text("an address to listen at, such as 0.0.0.0 for all of them").default("127.0.0.1"),
  DATABASE_URL: url(["postgres", "postgresql"]),
  DATABASE_READ_URL: url(["postgres", "postgresql"]).optional(),
  READ_LAG_MS_MAX: integer({ min: 100, max: 3_600_000 }).default(5_000),
  QUEUE_URL: queueUrl(),
  SOURCES_FILE: text("a file of the sources of counts").optional(),
  SFTP_URL: url(["sftp"]),
  SFTP_PRIVATE_KEY_FILE: text("a file with a private key").optional(),
  SFTP_HOST_KEY_SHA256: text("the host key's fingerprint as ssh-keygen -l prints it: SHA256:…"),
  BOARD_TOKEN: secret(TOKEN_CHARACTERS_MIN).optional(),
  BOARD_USERS_FILE: text("a file of the people who may sign in").optional(),
  INGEST_CLIENTS_FILE: text("a file").optional(),
  BOARD_TRUSTED_PROXIES: list(PROXIES)
    .refine((proxies) => proxies.every(isProxy), PROXIES)
    .default(["loopback"]),
  INGEST_URL: url(["http", "https"]).optional(),
  // The pages write times by name of zone only.
  RESET_TIME_ZONE: timeZoneName.refine((name) => !/^[+-]/.test(name), "an IANA name, no offset").default("UTC"),
  RESET_AT: timesOfDay.default(["04:00"]),
  RESET_DEADLINE: timesOfDay.default(["06:00"]),
  SNAPSHOT_GLOB: text("patterns such as *.csv,*.txt").optional(),
  ...formSettings,
  ABSENT_ROWS: z.enum(["keep", "zero"]).default("keep"),
  BORDERLINE_SECONDS: integer({ min: 0, max: BORDERLINE_SECONDS_MAX }).default(60),
  DATABASE_POOL_MAX: integer({ min: 2, max: 100 }).default(10),
});

export type BoardConfig = ReturnType<typeof readConfig>;

/** Reads the settings. @throws ConfigError naming every fault */
export function readConfig(env?: Environment) {
  const given = loadConfig(schema, env);
  return {
    /** 0 picks a free port. */
    port: given.BOARD_PORT,
    host: given.BOARD_HOST,
    databaseUrl: given.DATABASE_URL,
    /** Of a replica, from which is read what need not be of this very moment. */
    readUrl: given.DATABASE_READ_URL,
    readLagMsMax: given.READ_LAG_MS_MAX,
    poolMax: given.DATABASE_POOL_MAX,
    queueUrl: given.QUEUE_URL,
    /** Where else counts come from than from the server of `usualSource`. */
    sourcesFile: given.SOURCES_FILE,
    inbox: {
      url: given.SFTP_URL,
      privateKeyFile: given.SFTP_PRIVATE_KEY_FILE,
      hostKeySha256: given.SFTP_HOST_KEY_SHA256.split(/[,\s]+/).filter((key) => key !== ""),
      snapshotGlob: given.SNAPSHOT_GLOB,
    },
    /** What machines sign in with; undefined when none may. */
    token: given.BOARD_TOKEN,
    usersFile: given.BOARD_USERS_FILE,
    /** The clients of ingest, who may ask what became of their events. */
    clientsFile: given.INGEST_CLIENTS_FILE,
    trustedProxies: given.BOARD_TRUSTED_PROXIES,
    /** Where senders reach ingest: for people to read. */
    ingestUrl: given.INGEST_URL?.replace(/\/$/, ""),
    /** IANA name; times on the console are shown in it. */
    timeZone: given.RESET_TIME_ZONE,
    /** When counts are looked for, and by when one must have been applied; the worker reads the same two variables. */
    schedule: { resetAt: given.RESET_AT, deadlines: given.RESET_DEADLINE },
    /** How files without a mapping are read; the worker reads the same variables. */
    formSettings: formSettingsOf(given),
    /** How an approved facility is applied; the worker reads the same two variables. */
    reconcile: { absentRows: given.ABSENT_ROWS, borderlineSeconds: given.BORDERLINE_SECONDS },
  };
}

function isProxy(text: string): boolean {
  const [address = "", bits = "0"] = text.split("/");
  return isIP(address) !== 0 ? /^\d{1,3}$/.test(bits) && Number(bits) <= 128 : text === "loopback";
}
