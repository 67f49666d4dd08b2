// How an accepted event survives the queue (ACCEPT_INTO=inbox): written to PostgreSQL before the 202, swept into the queue
// by the workers. The one package with a database that ingest may have, and it can do nothing but this.
export { type EventInbox, InboxUnavailable, openEventInbox } from "./event-inbox.ts";
