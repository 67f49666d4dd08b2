// ACCEPT_INTO=inbox, the workers' half: what was accepted and is not in the ledger is put into the queue again.
import { type StockEvent, stockEvent } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** An accepted event that the ledger does not have yet. */
export interface Unsettled {
  readonly event: StockEvent;
  readonly client: string;
}

/** What one look at the accepted events found. */
export interface Swept {
  /** How many were due and looked at; as many as asked for means that there may be more. */
  readonly due: number;
  /** Those to be queued again. */
  readonly unsettled: readonly Unsettled[];
  /** How many cannot be read, as an event of another version may not: they come due again like the others, and keep none of them. */
  readonly unreadable: number;
}

/** Looks at accepted events that are due, oldest first; what the ledger has is removed from the inbox. */
export async function sweepAcceptedEvents(
  database: Database,
  { limit, skipUnknownProducts }: { readonly limit: number; readonly skipUnknownProducts: boolean },
): Promise<Swept> {
  const rows = await run<{ payload: unknown; client: string | null; due: string }>(
    database.pool,
    "sweep_accepted_events",
    [limit, skipUnknownProducts],
  );
  const unsettled: Unsettled[] = [];
  let unreadable = 0;
  for (const { payload, client } of rows) {
    if (client === null) continue;
    const { data: event } = stockEvent.safeParse(payload);
    if (event === undefined) unreadable += 1;
    else unsettled.push({ event, client });
  }
  return { due: Number(rows[0]?.due ?? 0), unsettled, unreadable };
}
