// Reset flow, where step 4 is done: a small file is staged here and now; a large one, which fills a thread for seconds or minutes,
// in one of its own, so that sales have the worker's first thread for themselves.
import { once } from "node:events";
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

/** What the thread begins with; its task comes as a message. */
export interface ThreadStart {
  readonly databaseUrl: string;
}

/** What the thread says. The last one is an end or a failure. */
export type ThreadMessage = { readonly rows: number } | { readonly end: StageEnd } | { readonly failure: CarriedError };

type OnRows = (rowsRead: number) => Promise<void>;

/** Where one file will be staged. */
export interface Staging {
  /**
   * Stages the file whole or not at all; called once.
   * @param onRows told how many rows were read, every few seconds and at the end
   * @throws FileRefused for faults of the whole file, NotToStage when another worker is at it
   */
  stage(fetched: FetchedFile, onRows: OnRows): Promise<StageEnd>;
  /** Ends what was begun and not used. */
  dispose(): void;
}

/** Makes ready to stage a file of so many bytes, which is still to be fetched: a thread takes a third of a second until it is up. */
export function openStaging({ database, config }: ResetParts, { id, generation }: ResetRow, bytes: number): Staging {
  const { RESET_TIME_ZONE, SNAPSHOT_FINAL_NEWLINE, UNKNOWN_FACILITY, UNKNOWN_PRODUCT, GUARD_NEW_FACILITIES } = config;
  const taskOf = ({ file, spooled, manifest, announced }: FetchedFile): StagingTask => ({
    reset: { id, generation },
    fetched: { file, spooled: { path: spooled.path, sha256: spooled.sha256 }, manifest, announced },
    settings: { RESET_TIME_ZONE, SNAPSHOT_FINAL_NEWLINE, UNKNOWN_FACILITY, UNKNOWN_PRODUCT, GUARD_NEW_FACILITIES },
  });
  if (bytes <= SMALL_BYTES_MAX) {
    return { stage: (fetched, onRows) => stageFile(database, taskOf(fetched), onRows), dispose: () => undefined };
  }
  const workerData: ThreadStart = { databaseUrl: config.DATABASE_URL };
  const thread = new Worker(new URL(`./staging-thread${extname(import.meta.url)}`, import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
  // An error before there is a task is told to whoever brings it.
  const broken = once(thread, "exit").then(() => {
    throw new Error("the thread that stages the file broke off");
  });
  broken.catch(() => undefined);
  return {
    stage: (fetched, onRows) => Promise.race([inThread(thread, taskOf(fetched), onRows), broken]),
    dispose: () => void thread.terminate(),
  };
}

function inThread(thread: Worker, task: StagingTask, onRows: OnRows): Promise<StageEnd> {
  return new Promise<StageEnd>((resolve, reject) => {
    thread.on("message", (said: ThreadMessage) => {
      if ("rows" in said) onRows(said.rows).catch(reject);
      else if ("end" in said) resolve(said.end);
      else reject(restored(said.failure));
    });
    thread.postMessage(task);
  });
}
