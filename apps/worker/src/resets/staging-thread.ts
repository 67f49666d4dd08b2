// Flow 2, step 4: the thread that stage-aside.ts starts: waits for its one file, stages it, says what became of it, and ends.
import { once } from "node:events";
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { openDatabase } from "@inventory-sync/db";
import { stageFile } from "./stage.ts";
import type { ThreadMessage, ThreadTask } from "./stage-aside.ts";

/** Where processors are scarce sales go first. */
const NICE = 10;
/** One for the COPY, one for what is asked and made beside it. */
const CONNECTIONS_MAX = 2;

// On Linux this is the calling thread's alone; elsewhere it would slow the whole worker down.
if (process.platform === "linux") setPriority(NICE);
if (parentPort === null) throw new Error("this is no program: the worker starts it as a thread");
const say = (message: ThreadMessage): void => parentPort?.postMessage(message);

const [{ databaseUrl, task }] = (await once(parentPort, "message")) as [ThreadTask];
const database = openDatabase({ url: databaseUrl, name: "inventory-sync worker, staging", poolMax: CONNECTIONS_MAX });
try {
  say({ end: await stageFile(database, task, (rows) => say({ rows })) });
} finally {
  await database.close();
}
