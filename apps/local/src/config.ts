// The environment as `npm start` reads it: where the data go, which ports, which servers are somebody else's.
import { resolve } from "node:path";
import { type Environment, loadConfig, port, secret, text, url } from "@inventory-sync/runtime";
import { z } from "zod";
import type { ServersPlan } from "./servers/plan.ts";

/** Settings of the launcher. A URL that is absent means: start an embedded server. */
export interface LocalConfig {
  readonly dataDir: string;
  readonly ports: { readonly ingest: number; readonly board: number; readonly sftp: number };
  readonly databaseUrl: string | undefined;
  /** The address of the role that owns the tables of DATABASE_URL's database; it migrates, and no app is told of it. */
  readonly databaseOwnerUrl: string | undefined;
  readonly queueUrl: string | undefined;
  readonly sftp: { readonly url: string; readonly hostKeySha256: string } | undefined;
  /** Files of the operator's own, when the ones of the data folder are not wanted. */
  readonly clientsFile: string | undefined;
  readonly usersFile: string | undefined;
  readonly boardToken: string | undefined;
  readonly alertWebhookUrl: string | undefined;
  /** What every process gets: the caller's settings, without those that the launcher reads and gives on to whom they are for. */
  readonly passedOn: Readonly<Record<string, string>>;
  /** Whether npm stands between the terminal and this process. */
  readonly underNpm: boolean;
}

/** As the board asks for. */
const BOARD_TOKEN_CHARACTERS_MIN = 32;

const variables = z.object({
  DATA_DIR: text("a folder").default(".data"),
  INGEST_PORT: port().default(3000),
  BOARD_PORT: port().default(3001),
  SFTP_PORT: port().default(2222),
  DATABASE_URL: url(["postgres", "postgresql"]).optional(),
  DATABASE_OWNER_URL: url(["postgres", "postgresql"]).optional(),
  QUEUE_URL: url(["redis", "rediss", "redis+cluster", "postgres", "postgresql"]).optional(),
  SFTP_URL: url(["sftp"]).optional(),
  SFTP_HOST_KEY_SHA256: text("a fingerprint that begins with SHA256:").optional(),
  INGEST_CLIENTS_FILE: text("a file").optional(),
  BOARD_USERS_FILE: text("a file").optional(),
  BOARD_TOKEN: secret(BOARD_TOKEN_CHARACTERS_MIN).optional(),
  ALERT_WEBHOOK_URL: url(["http", "https"]).optional(),
});

const checked = variables.refine((given) => given.SFTP_URL === undefined || given.SFTP_HOST_KEY_SHA256 !== undefined, {
  path: ["SFTP_HOST_KEY_SHA256"],
  error: "the fingerprint (SHA256:...) of the server that SFTP_URL names: an unknown host key is refused",
  // Also when another variable is wrong: all faults are reported together.
  when: () => true,
});

/** Reads the launcher's settings; all faults are reported together. Throws ConfigError. */
export function readConfig(env: Environment = process.env): LocalConfig {
  const given = loadConfig(checked, env);
  return {
    dataDir: resolve(given.DATA_DIR),
    ports: { ingest: given.INGEST_PORT, board: given.BOARD_PORT, sftp: given.SFTP_PORT },
    databaseUrl: given.DATABASE_URL,
    databaseOwnerUrl: given.DATABASE_OWNER_URL,
    queueUrl: given.QUEUE_URL,
    sftp: given.SFTP_URL ? { url: given.SFTP_URL, hostKeySha256: given.SFTP_HOST_KEY_SHA256 ?? "" } : undefined,
    clientsFile: given.INGEST_CLIENTS_FILE,
    usersFile: given.BOARD_USERS_FILE,
    boardToken: given.BOARD_TOKEN,
    alertWebhookUrl: given.ALERT_WEBHOOK_URL,
    passedOn: passedOn(env),
    underNpm: env.npm_lifecycle_event !== undefined,
  };
}

/** What the servers process is to start; the launcher hands it over in one variable, so that it stands in no argument list. */
export function readServersPlan(env: Environment = process.env): ServersPlan {
  return JSON.parse(env[serversPlanVariable] ?? "{}") as ServersPlan;
}

export const serversPlanVariable = "LOCAL_SERVERS_PLAN";

/** Folders in which programs are looked for. */
export function searchPath(): string {
  return process.env.PATH ?? "";
}

function passedOn(env: Environment): Record<string, string> {
  const withheld = /^npm_|^NODE_CHANNEL|^INIT_CWD$|^DATABASE_ADMIN_URL$|_DB_PASSWORD$/;
  const kept = Object.entries(env).filter(
    ([name, value]) => value !== undefined && !Object.hasOwn(variables.shape, name) && !withheld.test(name),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
