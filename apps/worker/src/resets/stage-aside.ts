// Flow 2, where steps 3 and 4 are done: a small file is fetched and staged here and now; a large one, which fills a thread for seconds or
// minutes, in one of its own, so that sales have the worker's first thread for themselves.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { ResetRow } from "@inventory-sync/db";
import type { InboxFile, InboxOptions, Source } from "@inventory-sync/sftp";
import type { WorkerConfig } from "../config.ts";
import type { StagingTask } from "./fetch.ts";
import type { Taken } from "./stage.ts";

/** Such a file is fetched and staged in some 100 ms, a third of what it takes until a thread is up. */
export const SMALL_BYTES_MAX = 1024 * 1024;
/** Rows stream through: more room for what is garbage at once would only be more memory. */
const YOUNG_MB_MAX = 16;

/** What the thread is told, once. */
export interface ThreadTask {
  readonly databaseUrl: string;
  readonly inbox: InboxOptions;
  readonly task: StagingTask;
}

/** What the thread says; the last one is the end. An error that was not foreseen ends it instead. */
export type ThreadMessage = { readonly rows: number } | { readonly taken: Taken };

/** What is to be done with a file as it stands in incoming/. */
export function taskOf(
  config: WorkerConfig,
  { id, generation, createdAt }: ResetRow,
  { source, file }: { readonly source: Source; readonly file: InboxFile },
): StagingTask {
  return {
    reset: { id, generation, createdAt },
    file,
    spoolPath: join(config.DATA_DIR, "spool", `snapshot-${randomUUID()}`),
    settings: { ...config, RESET_TIME_ZONE: source.schedule.timeZone },
    mapping: source.mapping,
    absentRows: source.absentRows ?? config.ABSENT_ROWS,
  };
}

/** Does in a thread what fetchAndStage does, over a session of its own. @throws Error with the message of what fetchAndStage threw */
export async function fetchAndStageAside(
  told: ThreadTask,
  onRows: (rowsRead: number) => Promise<void>,
): Promise<Taken> {
  const thread = new Worker(new URL(`./staging-thread${extname(import.meta.url)}`, import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
  try {
    const taken = new Promise<Taken>((resolve, reject) => {
      thread.on("message", (said: ThreadMessage) => {
        if ("rows" in said) onRows(said.rows).catch(reject);
        else resolve(said.taken);
      });
    });
    thread.postMessage(told);
    // Waiting for the exit rejects with the error that ended the thread.
    const broken = once(thread, "exit").then(() => {
      throw new Error("the thread that stages the file broke off");
    });
    return await Promise.race([taken, broken]);
  } finally {
    await thread.terminate();
    await rm(told.task.spoolPath, { force: true });
  }
}
