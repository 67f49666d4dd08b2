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
  const unsettled = rows.flatMap(({ payload, client }) =>
    client === null ? [] : [{ event: stockEvent.parse(payload), client }],
  );
  return { due: Number(rows[0]?.due ?? 0), unsettled };
}
