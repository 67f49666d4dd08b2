// The environment as `npm start` reads it: where the data go, which ports, which servers the settings name.
import { join, resolve } from "node:path";
import { type Environment, loadConfig, port, queueUrl, secret, text, url } from "@inventory-sync/runtime";
import { z } from "zod";

/** As the board asks for. */
const BOARD_TOKEN_CHARACTERS_MIN = 32;

const variables = z.object({
  DATA_DIR: text("a folder").default(".data"),
  INGEST_PORT: port().default(3000),
  BOARD_PORT: port().default(3001),
  SFTP_PORT: port().default(2222),
  SHOP_PORT: port().default(3002),
  DATABASE_URL: url(["postgres", "postgresql"]).optional(),
  DATABASE_OWNER_URL: url(["postgres", "postgresql"]).optional(),
  DATABASE_DIRECT_URL: url(["postgres", "postgresql"]).optional(),
  QUEUE_URL: queueUrl().optional(),
  SFTP_URL: url(["sftp"]).optional(),
  SFTP_HOST_KEY_SHA256: text("a fingerprint that begins with SHA256:").optional(),
  SOURCES_FILE: text("a file").optional(),
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

/** Settings of the launcher. A URL that is absent means: start an embedded server. */
export type LocalConfig = ReturnType<typeof readConfig>;

/** Reads the launcher's settings; all faults are reported together. Throws ConfigError. */
export function readConfig(env: Environment = process.env) {
  const given = loadConfig(checked, env);
  const dataDir = resolve(given.DATA_DIR);
  return {
    dataDir,
    /** The shop's is used when channels.json is first written; from then on that file says it. */
    ports: { ingest: given.INGEST_PORT, board: given.BOARD_PORT, sftp: given.SFTP_PORT, shop: given.SHOP_PORT },
    databaseUrl: given.DATABASE_URL,
    /** The address of the role that owns the tables of DATABASE_URL's database; it migrates, and no app is told of it. */
    databaseOwnerUrl: given.DATABASE_OWNER_URL,
    /** The server's own address where DATABASE_URL leads to a pooler; migrations go over it. */
    databaseDirectUrl: given.DATABASE_DIRECT_URL,
    queueUrl: given.QUEUE_URL,
    sftp: given.SFTP_URL ? { url: given.SFTP_URL, hostKeySha256: given.SFTP_HOST_KEY_SHA256 ?? "" } : undefined,
    /** Need not exist. */
    sourcesFile: given.SOURCES_FILE ?? join(dataDir, "sources.json"),
    clientsFile: given.INGEST_CLIENTS_FILE ?? join(dataDir, "clients.json"),
    usersFile: given.BOARD_USERS_FILE ?? join(dataDir, "board-users.json"),
    boardToken: given.BOARD_TOKEN,
    alertWebhookUrl: given.ALERT_WEBHOOK_URL,
    /** What every process gets: the caller's settings, without those that the launcher reads and gives only to the processes they are for. */
    passedOn: passedOn(env),
    /** Whether this process was started by npm, which is then between it and the terminal. */
    underNpm: env.npm_lifecycle_event !== undefined,
  };
}

/** The variable in which a process of the launcher's own is handed what it is to do, so that it is in no argument list. */
export const planVariable = "LOCAL_PLAN";

/** Reads what the launcher wants of this process. */
export function readPlan<Plan>(env: Environment = process.env): Plan {
  return JSON.parse(env[planVariable] ?? "{}") as Plan;
}

/** Which servers of our own a start needs; a part that is absent is a server that the settings name. */
export interface ServersPlan {
  readonly dataDir: string;
  readonly postgres: boolean;
  /** Path of redis-server or valkey-server. */
  readonly redisProgram: string | undefined;
  readonly sftp: { root: string; port: number; username: string; password: string } | undefined;
}

/** What runs; sent as the ready message of the servers process. */
export interface ServersReady {
  readonly type: "ready";
  readonly postgres?: { readonly url: string; readonly pid: number } | undefined;
  readonly redis?: { readonly url: string; readonly pid: number } | undefined;
  readonly sftp?: { readonly url: string; readonly port: number; readonly hostKeySha256: string } | undefined;
}

/** What the demo's web shop works with. */
export interface ShopPlan {
  readonly file: string;
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly port: number;
}

/** Folders in which programs are looked for. */
export function searchPath(): string {
  return process.env.PATH ?? "";
}

function passedOn(env: Environment): Readonly<Record<string, string | undefined>> {
  const withheld = /^npm_|^NODE_CHANNEL|^INIT_CWD$|^DATABASE_ADMIN_URL$|_DB_PASSWORD$/;
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !Object.hasOwn(variables.shape, name) && !withheld.test(name)),
  );
}
