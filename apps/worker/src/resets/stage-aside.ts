// Reset flow, where step 4 is done: a small file is staged here and now; a large one, which fills a thread for seconds or minutes,
// in one of its own, so that sales have the worker's first thread for themselves.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { ResetRow } from "@inventory-sync/db";
import { type CarriedError, restored } from "./carried-error.ts";
import type { FetchedFile } from "./fetch.ts";
import type { ResetParts } from "./parts.ts";
import { type StageEnd, type StagingTask, stageFile } from "./stage.ts";

/** Such a file is staged in some 50 ms, a seventh of what it takes until a thread is up. */
const SMALL_BYTES_MAX = 1024 * 1024;

/** Rows stream through: more room for what is garbage at once would only be more memory. */
const YOUNG_MB_MAX = 16;

/** What the thread begins with. */
export interface ThreadTask {
  readonly databaseUrl: string;
  readonly task: StagingTask;
}

/** What the thread says. The last one is an end or a failure. */
export type ThreadMessage = { readonly rows: number } | { readonly end: StageEnd } | { readonly failure: CarriedError };

/**
 * Stages the file whole or not at all.
 * @param onRows told how many rows were read, every few seconds and at the end
 * @throws FileRefused for faults of the whole file, NotToStage when another worker is at it
 */
export async function stage(
  { database, config }: ResetParts,
  { id, generation }: ResetRow,
  { file, spooled, manifest, announced }: FetchedFile,
  onRows: (rowsRead: number) => Promise<void>,
): Promise<StageEnd> {
  const { RESET_TIME_ZONE, SNAPSHOT_FINAL_NEWLINE, UNKNOWN_FACILITY, UNKNOWN_PRODUCT } = config;
  const task: StagingTask = {
    reset: { id, generation },
    fetched: { file, spooled: { path: spooled.path, sha256: spooled.sha256 }, manifest, announced },
    settings: { RESET_TIME_ZONE, SNAPSHOT_FINAL_NEWLINE, UNKNOWN_FACILITY, UNKNOWN_PRODUCT },
  };
  if (spooled.bytes <= SMALL_BYTES_MAX) return stageFile(database, task, onRows);
  return inThread({ databaseUrl: config.DATABASE_URL, task }, onRows);
}

function inThread(workerData: ThreadTask, onRows: (rowsRead: number) => Promise<void>): Promise<StageEnd> {
  const thread = new Worker(new URL(`./staging-thread${extname(import.meta.url)}`, import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
  return new Promise<StageEnd>((resolve, reject) => {
    const giveUp = (error: unknown): void => {
      reject(error);
      void thread.terminate();
    };
    thread.on("message", (said: ThreadMessage) => {
      if ("rows" in said) onRows(said.rows).catch(giveUp);
      else if ("end" in said) resolve(said.end);
      else reject(restored(said.failure));
    });
    thread.on("error", reject);
    // Said last of all: whoever has heard an end or a failure does not hear this any more.
    thread.on("exit", () => reject(new Error(`the staging of ${workerData.task.fetched.file.name} broke off`)));
  });
}
