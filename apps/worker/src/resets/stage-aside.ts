// Flow 2, where step 4 is done: a small file is staged here and now; a large one, which fills a thread for seconds or minutes,
// in one of its own, so that sales have the worker's first thread for themselves.
import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { ResetRow } from "@inventory-sync/db";
import type { Source } from "@inventory-sync/sftp";
import type { FetchedFile } from "./fetch.ts";
import type { ResetParts } from "./parts.ts";
import { type StageEnd, stageFile } from "./stage.ts";
import type { StagingTask } from "./staging-task.ts";

/** Such a file is staged in some 50 ms, a seventh of what it takes until a thread is up. */
const SMALL_BYTES_MAX = 1024 * 1024;
/** Rows stream through: more room for what is garbage at once would only be more memory. */
const YOUNG_MB_MAX = 16;

/** What the thread is told, once. */
export interface ThreadTask {
  readonly databaseUrl: string;
  readonly task: StagingTask;
}

/** What the thread says; the last one is the end. An error that was not foreseen ends it instead. */
export type ThreadMessage = { readonly rows: number } | { readonly end: StageEnd };

type OnRows = (rowsRead: number) => Promise<void>;

/** Where one file will be staged. */
export interface Stager {
  /** Stages the file as stageFile does; called once. */
  stage(fetched: FetchedFile, onRows: OnRows): Promise<StageEnd>;
  /** Ends what was begun and not used. */
  dispose(): void;
}

/** Makes ready to stage a file of so many bytes, which is still to be fetched, as its source writes them: a thread takes a third of a second until it is up. */
export function openStager(
  { database, config }: ResetParts,
  { reset, source }: { readonly reset: ResetRow; readonly source: Pick<Source, "schedule" | "mapping" | "absentRows"> },
  bytes: number,
): Stager {
  const { id, generation, createdAt } = reset;
  const { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS, SNAPSHOT_ENCODING } = config;
  const { SNAPSHOT_FINAL_NEWLINE, SNAPSHOT_DUPLICATE_IDS } = config;
  const { UNKNOWN_FACILITY, UNKNOWN_PRODUCT, GUARD_NEW_FACILITIES } = config;
  const names = { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS, SNAPSHOT_ENCODING };
  const reading = { ...names, SNAPSHOT_FINAL_NEWLINE, SNAPSHOT_DUPLICATE_IDS };
  const form = { RESET_TIME_ZONE: source.schedule.timeZone, ...reading };
  const taskOf = ({ file, spooled, manifest, announced }: FetchedFile): StagingTask => ({
    reset: { id, generation, createdAt },
    fetched: { file, spooled: { path: spooled.path, sha256: spooled.sha256 }, manifest, announced },
    settings: { ...form, UNKNOWN_FACILITY, UNKNOWN_PRODUCT, GUARD_NEW_FACILITIES },
    mapping: source.mapping,
    absentRows: source.absentRows ?? config.ABSENT_ROWS,
  });
  if (bytes <= SMALL_BYTES_MAX) {
    return { stage: (fetched, onRows) => stageFile(database, taskOf(fetched), onRows), dispose: () => undefined };
  }
  const thread = new Worker(new URL(`./staging-thread${extname(import.meta.url)}`, import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
  // Waiting for the exit rejects with the error that ended the thread. An error before there is a task is told when there is one.
  const broken = once(thread, "exit").then(() => {
    throw new Error("the thread that stages the file broke off");
  });
  broken.catch(() => undefined);
  return {
    stage: (fetched, onRows) =>
      Promise.race([inThread(thread, { databaseUrl: config.DATABASE_URL, task: taskOf(fetched) }, onRows), broken]),
    dispose: () => void thread.terminate(),
  };
}

function inThread(thread: Worker, task: ThreadTask, onRows: OnRows): Promise<StageEnd> {
  return new Promise<StageEnd>((resolve, reject) => {
    thread.on("message", (said: ThreadMessage) => {
      if ("rows" in said) onRows(said.rows).catch(reject);
      else resolve(said.end);
    });
    thread.postMessage(task);
  });
}
