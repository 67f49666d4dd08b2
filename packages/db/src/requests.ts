// What ingest noted of the requests that it answered: the door through which a worker keeps it.
import type { ClientMinute, RefusedRequest } from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { asJsonb, run } from "./statements.ts";

const KEPT_DAYS = 7;
const KEPT_OF_CLIENT_MAX = 5_000;

/** Keeps notes; those that are there already are left as they are. */
export async function recordRequests(
  { pool }: Pick<Database, "pool">,
  notes: { readonly refused: readonly RefusedRequest[]; readonly minutes: readonly ClientMinute[] },
): Promise<void> {
  await run(pool, "record_requests", [asJsonb(notes.refused), asJsonb(notes.minutes)]);
}

/** Deletes what is older than a week, and of each client all but the newest 5,000 refused requests. */
export async function forgetRequests({ pool }: Pick<Database, "pool">): Promise<void> {
  await run(pool, "forget_requests", [KEPT_DAYS, KEPT_OF_CLIENT_MAX]);
}
