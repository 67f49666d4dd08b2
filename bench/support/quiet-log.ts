// A log that says nothing: the measures' own connections have nothing to tell.
import type { QueueLog } from "@inventory-sync/queue";

const nothing = (): void => undefined;

/** For openQueues. */
export const quietLog: QueueLog = { debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };
