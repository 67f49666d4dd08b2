// How an accepted event survives the queue (ACCEPT_INTO=inbox): written to PostgreSQL before the 202, swept into the queue by the workers. The
// one package with a database that ingest may have, and it can do nothing but this.
//
// Events are accepted by group commit: while one statement is being committed the requests that arrive
// gather, and the next statement takes all of them. So a commit is shared by as many requests as come meanwhile, and a
// lone request waits for nobody.
import { ledgerDigest, type StockEvent } from "@inventory-sync/domain";
import { type OutageLog, openPool, tellConnections, tellOutages } from "@inventory-sync/runtime/postgres";

/** Events written in one statement at most. */
const BATCH_EVENTS_MAX = 2_000;
/** Events waiting for their commit at most; more are turned away, so that memory stays bounded. */
const WAITING_EVENTS_MAX = 50_000;
/** A commit that takes longer is given up: whether it happened is then unknown, and the client sends again. */
const COMMIT_MS_MAX = 2_000;
/** The workers see to an event that is this old and not in the ledger. */
const SWEEP_AFTER_MS = 5_000;

/** The events could not be written, or it is unknown whether they were. */
export class InboxUnavailable extends Error {
  override readonly name = "InboxUnavailable";
}

/** The inbox, as ingest sees it. */
export type EventInbox = ReturnType<typeof openEventInbox>;

interface Waiting {
  readonly events: readonly StockEvent[];
  readonly client: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const INSERT = `
  insert into accepted_event (facility_id, event_id, content, payload, client, sweep_at)
  select facility_id, event_id, decode(content, 'hex'), payload, client, clock_timestamp() + make_interval(secs => $6)
    from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[])
         as t (facility_id, event_id, content, payload, client)
   order by facility_id, event_id, content
      on conflict (facility_id, event_id, content) do nothing`;

/** Opens the inbox; the database may be down, and is reached when it is back. @param url postgres:// address @param log is told of outages */
export function openEventInbox({ url, log }: { readonly url: string; readonly log?: OutageLog }) {
  const { pool, close } = openPool({
    url,
    application_name: "inventory-sync ingest",
    max: 2,
    connectionTimeoutMillis: COMMIT_MS_MAX,
    query_timeout: COMMIT_MS_MAX,
    silentMs: COMMIT_MS_MAX,
    ...tellOutages(log),
    ...tellConnections(log),
  });
  let waiting: Waiting[] = [];
  let waitingEvents = 0;
  let writing = false;

  const write = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = takeBatch();
      try {
        await pool.query(INSERT, columns(batch));
        for (const request of batch) request.resolve();
      } catch (error) {
        const message = `the database did not take them: ${error instanceof Error ? error.message : String(error)}`;
        for (const request of batch) request.reject(new InboxUnavailable(message, { cause: error }));
      }
    }
    writing = false;
  };
  const takeBatch = (): Waiting[] => {
    let events = 0;
    let count = 0;
    for (const request of waiting) {
      if (count > 0 && events + request.events.length > BATCH_EVENTS_MAX) break;
      events += request.events.length;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingEvents -= events;
    return batch;
  };
  return {
    /** Resolves once every event is committed. An event that is there already is left as it is. @throws InboxUnavailable */
    accept: (events: readonly StockEvent[], client: string) =>
      new Promise<void>((resolve, reject) => {
        if (waitingEvents + events.length > WAITING_EVENTS_MAX) {
          reject(new InboxUnavailable(`${waitingEvents} events are waiting for the database already`));
          return;
        }
        waiting.push({ events, client, resolve, reject });
        waitingEvents += events.length;
        void write();
      }),
    /** Throws when the database does not answer or has no inbox yet. */
    ping: async (): Promise<void> => void (await pool.query("select from accepted_event limit 1")),
    close,
  };
}

function columns(batch: readonly Waiting[]): unknown[] {
  const all = batch.flatMap(({ events, client }) => events.map((event) => ({ event, client })));
  return [
    all.map(({ event }) => event.facilityId),
    all.map(({ event }) => event.eventId),
    all.map(({ event }) => ledgerDigest(event)),
    all.map(({ event }) => JSON.stringify(event)),
    all.map(({ client }) => client),
    SWEEP_AFTER_MS / 1_000,
  ];
}
