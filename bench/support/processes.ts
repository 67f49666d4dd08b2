// The processes that are measured: the product's apps as they are started in production, and references as processes of the
// same kind, so that neither side has the measuring process's memory or event loop to share.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type AppProcess, startApp } from "@inventory-sync/local";

const readyMsMax = 60_000;

/** What a process of the product is told of the installation that it works on. */
interface Place {
  readonly databaseUrl: string;
  readonly queueUrl: string;
  readonly dataDir: string;
  readonly sftp: { readonly url: string; readonly hostKeySha256: string };
}

function bareEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", NODE_ENV: "production", TZ: "UTC" };
}

/** Starts apps/worker on an installation and resolves when it is at work. */
export function startWorker(on: Place, env: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
  return startApp({
    app: "worker",
    readyMsMax,
    env: {
      ...bareEnvironment(),
      ...{ DATABASE_URL: on.databaseUrl, QUEUE_URL: on.queueUrl, DATA_DIR: on.dataDir, LOG_FORMAT: "json" },
      ...{ SFTP_URL: on.sftp.url, SFTP_HOST_KEY_SHA256: on.sftp.hostKeySha256, SNAPSHOT_SETTLE_SECONDS: "0" },
      ...env,
    },
  });
}

/** Starts apps/ingest on an installation and resolves when it listens. */
export function startIngest(on: Pick<Place, "queueUrl">, env: Readonly<Record<string, string>>): Promise<AppProcess> {
  return startApp({
    app: "ingest",
    readyMsMax,
    env: { ...bareEnvironment(), INGEST_PORT: "0", QUEUE_URL: on.queueUrl, LOG_FORMAT: "json", ...env },
  });
}

/** A process of the benchmarks' own, with what it said when it was up. */
interface OwnProcess<Said> {
  readonly pid: number;
  readonly said: Said;
  stop(): Promise<void>;
}

/** A process of bench/reference. */
export interface ReferenceProcess {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts bench/reference/<name>.ts and resolves once it sent `{ port }` (0 for those that do not listen). */
export async function startReference(name: string, env: Readonly<Record<string, string>>): Promise<ReferenceProcess> {
  const { pid, said, stop } = await startOwn<{ port: number }>(`../reference/${name}.ts`, env);
  return { pid, port: said.port, stop };
}

/** The keys that the product's queue has in Redis begin so: references work on them, too. */
export const prefix = "inventory-sync";
const prismaConcurrency = 20;

/** Starts the obvious worker, one transaction of Prisma a job, and resolves when it is at work. */
export function startPrismaWorker({
  queueUrl,
  databaseUrl,
}: Pick<Place, "queueUrl" | "databaseUrl">): Promise<ReferenceProcess> {
  return startReference("prisma-worker", {
    ...{ REDIS_URL: queueUrl, DATABASE_URL: databaseUrl },
    ...{ PREFIX: prefix, CONCURRENCY: String(prismaConcurrency) },
  });
}

/** Starts a program beside this file and resolves once it sent its first message. */
export function startOwn<Said>(
  path: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<OwnProcess<Said>> {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const child = fork(file, args, {
    execArgv: ["--import", "tsx"],
    env: { ...bareEnvironment(), ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve({ pid: child.pid ?? 0, said: message as Said, stop }));
    child.once("error", reject);
    void exited.then(() => reject(new Error(`${file} ended before it was up`)));
  });
}
