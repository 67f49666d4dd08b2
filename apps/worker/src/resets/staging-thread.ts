// Flow 2, steps 3 and 4: the thread that stage-aside.ts starts: waits for its one file, fetches and stages it, says what became of it, and ends.
import { once } from "node:events";
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { openDatabase } from "@inventory-sync/db";
import { withInbox } from "@inventory-sync/sftp";
import { fetchAndStage } from "./stage.ts";
import type { ThreadMessage, ThreadTask } from "./stage-aside.ts";

/** Where processors are scarce sales go first. */
const NICE = 10;
/** One for the COPY, one for what is asked and made beside it. */
const CONNECTIONS_MAX = 2;

// On Linux this is the calling thread's alone; elsewhere it would slow the whole worker down.
if (process.platform === "linux") setPriority(NICE);
if (parentPort === null) throw new Error("this is no program: the worker starts it as a thread");
/** Why a connection ended is said by the error that it ends with. */
const silent = { debug: () => undefined, warn: () => undefined };
const say = (message: ThreadMessage): void => parentPort?.postMessage(message);

const [{ databaseUrl, inbox, task }] = (await once(parentPort, "message")) as [ThreadTask];
const database = openDatabase({ url: databaseUrl, name: "inventory-sync worker, staging", poolMax: CONNECTIONS_MAX });
try {
  const taken = await withInbox(inbox, silent, (connected) =>
    fetchAndStage(database, connected, task, (rows) => say({ rows })),
  );
  say({ taken });
} finally {
  await database.close();
}
