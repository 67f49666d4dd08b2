// Flow 2, steps 3 and 4 at once: a file is fetched, and its rows are staged while the rest is on its way.
import type { Database } from "@inventory-sync/db";
import type { Inbox } from "@inventory-sync/sftp";
import { withArriving } from "./fetch.ts";
import { stageFile } from "./stage.ts";
import { endOf, type StageEnd } from "./stage-end.ts";
import type { StagingTask } from "./staging-task.ts";

/** What became of a file, and after how many milliseconds all of it was here. */
export interface Taken {
  readonly end: StageEnd;
  readonly fetchMs: number;
}

/**
 * Fetches the file of a task and stages its rows while it still arrives. Throws only what was not foreseen, SftpFailure among it.
 * @param onRows told how many rows were read, every few seconds and at the end
 */
export async function fetchAndStage(
  database: Database,
  inbox: Pick<Inbox, "open" | "stat" | "readSidecars">,
  task: StagingTask,
  onRows: (rowsRead: number) => unknown,
): Promise<Taken> {
  const startedAt = performance.now();
  let fetchMs = 0;
  try {
    const end = await withArriving(database, inbox, task, (arriving) => {
      arriving.sha256.then(
        () => (fetchMs = Math.round(performance.now() - startedAt)),
        () => undefined,
      );
      return stageFile(database, task, arriving, onRows);
    });
    return { end, fetchMs };
  } catch (error) {
    return { end: endOf(error), fetchMs };
  }
}
