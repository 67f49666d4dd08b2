// Upkeep: sweeps accepted events into the queue that the queue has lost (ACCEPT_INTO=inbox). What it lost is found by
// looking into the ledger, so this needs to know nothing of how it was lost.
import { sweepAcceptedEvents, type Unsettled } from "@inventory-sync/db";
import type { ResetParts } from "../resets/parts.ts";

const SWEEP_EVENTS_MAX = 2_000;

/** Looks at everything that is due and queues again what the ledger does not have. */
export async function sweepEvents({ database, queues, config, log }: ResetParts): Promise<void> {
  const skipUnknownProducts = config.UNKNOWN_PRODUCT === "skip";
  for (;;) {
    const { due, unsettled } = await sweepAcceptedEvents(database, { limit: SWEEP_EVENTS_MAX, skipUnknownProducts });
    for (const [client, events] of byClient(unsettled)) await queues.addEventsSingly(events, client);
    if (unsettled.length > 0) {
      log.warn(
        { events: unsettled.length },
        `${unsettled.length} accepted events were not in the ledger; they are queued again`,
      );
    }
    if (due < SWEEP_EVENTS_MAX) return;
  }
}

function byClient(unsettled: readonly Unsettled[]): Map<string, Unsettled["event"][]> {
  const grouped = new Map<string, Unsettled["event"][]>();
  for (const { client, event } of unsettled) grouped.set(client, [...(grouped.get(client) ?? []), event]);
  return grouped;
}
