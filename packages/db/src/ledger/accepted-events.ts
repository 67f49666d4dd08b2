// ACCEPT_INTO=inbox, the workers' half: what was accepted and is not in the ledger is put into the queue again.
import { type StockEvent, stockEvent } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** Looks at accepted events that are due, oldest first; what the ledger has is removed from the inbox. */
export async function sweepAcceptedEvents(
  database: Database,
  { limit, skipUnknownProducts }: { readonly limit: number; readonly skipUnknownProducts: boolean },
) {
  type Row = { payload: unknown; client: string | null; due: string };
  const rows = await run<Row>(database.pool, "sweep_accepted_events", [limit, skipUnknownProducts]);
  const unsettled: { readonly event: StockEvent; readonly client: string }[] = [];
  let unreadable = 0;
  for (const { payload, client } of rows) {
    if (client === null) continue;
    const { data: event } = stockEvent.safeParse(payload);
    if (event === undefined) unreadable += 1;
    else unsettled.push({ event, client });
  }
  return {
    /** How many were due and looked at; as many as asked for means that there may be more. */
    due: Number(rows[0]?.due ?? 0),
    /** Those that the ledger does not have yet, to be queued again. */
    unsettled,
    /** How many cannot be read, as an event of another version may not: they come due again like the others, and keep none of them. */
    unreadable,
  };
}
