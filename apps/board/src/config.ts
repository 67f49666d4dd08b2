// The settings of the board, from the environment.
import { isIP } from "node:net";
import { type Environment, integer, list, loadConfig, port, secret, text, url } from "@inventory-sync/runtime";
import { z } from "zod";

const PORT_DEFAULT = 3001;
const TOKEN_CHARACTERS_MIN = 32;
const BORDERLINE_SECONDS_MAX = 86_400;

const PROXIES = "addresses or subnets of proxies, such as 10.0.0.5,10.1.0.0/16";

const timeZone = text("an IANA time zone, such as America/New_York").refine(
  isTimeZone,
  "an IANA time zone, such as America/New_York",
);

const schema = z.object({
  BOARD_PORT: port().default(PORT_DEFAULT),
  BOARD_HOST: text("an address to listen at, such as 0.0.0.0 for all of them").default("127.0.0.1"),
  DATABASE_URL: url(["postgres", "postgresql"]),
  QUEUE_URL: url(["redis", "rediss", "redis+cluster", "rediss+cluster", "postgres", "postgresql"]),
  SFTP_URL: url(["sftp"]),
  SFTP_PRIVATE_KEY_FILE: text("a file with a private key").optional(),
  SFTP_HOST_KEY_SHA256: text("the host key's fingerprint as ssh-keygen -l prints it: SHA256:…"),
  BOARD_TOKEN: secret(TOKEN_CHARACTERS_MIN).optional(),
  BOARD_USERS_FILE: text("a file of the people who may sign in").optional(),
  BOARD_TRUSTED_PROXIES: list(PROXIES)
    .refine((proxies) => proxies.every(isProxy), PROXIES)
    .default(["loopback"]),
  RESET_TIME_ZONE: timeZone.default("UTC"),
  SNAPSHOT_GLOB: text("patterns such as *.csv,*.txt").optional(),
  ABSENT_ROWS: z.enum(["keep", "zero"]).default("keep"),
  BORDERLINE_SECONDS: integer({ min: 0, max: BORDERLINE_SECONDS_MAX }).default(60),
  DATABASE_POOL_MAX: integer({ min: 2, max: 100 }).default(10),
});

/** The settings of the board. */
export interface BoardConfig {
  /** 0 picks a free port. */
  readonly port: number;
  /** The address to listen at. */
  readonly host: string;
  readonly databaseUrl: string;
  readonly poolMax: number;
  readonly queueUrl: string;
  readonly inbox: {
    readonly url: string;
    readonly privateKeyFile: string | undefined;
    readonly hostKeySha256: readonly string[];
    readonly snapshotGlob: string | undefined;
  };
  readonly token: string | undefined;
  readonly usersFile: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly timeZone: string;
  /** How an approved facility is applied; the worker reads the same two variables. */
  readonly reconcile: { readonly absentRows: "keep" | "zero"; readonly borderlineSeconds: number };
}

/** Reads the settings. @throws ConfigError naming every fault */
export function readConfig(env?: Environment): BoardConfig {
  const given = loadConfig(schema, env);
  return {
    port: given.BOARD_PORT,
    host: given.BOARD_HOST,
    databaseUrl: given.DATABASE_URL,
    poolMax: given.DATABASE_POOL_MAX,
    queueUrl: given.QUEUE_URL,
    inbox: {
      url: given.SFTP_URL,
      privateKeyFile: given.SFTP_PRIVATE_KEY_FILE,
      hostKeySha256: given.SFTP_HOST_KEY_SHA256.split(/[,\s]+/).filter((key) => key !== ""),
      snapshotGlob: given.SNAPSHOT_GLOB,
    },
    token: given.BOARD_TOKEN,
    usersFile: given.BOARD_USERS_FILE,
    trustedProxies: given.BOARD_TRUSTED_PROXIES,
    timeZone: given.RESET_TIME_ZONE,
    reconcile: { absentRows: given.ABSENT_ROWS, borderlineSeconds: given.BORDERLINE_SECONDS },
  };
}

function isProxy(text: string): boolean {
  const [address = "", bits = "0"] = text.split("/");
  return isIP(address) !== 0 ? /^\d{1,3}$/.test(bits) && Number(bits) <= 128 : text === "loopback";
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
