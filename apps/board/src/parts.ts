// What the board's handlers work with, wired by board.ts.
import type { Database, Replica } from "@inventory-sync/db";
import type { FailedCounter, WithInbox } from "@inventory-sync/operator";
import type { Queues } from "@inventory-sync/queue";
import type { Logger, Registry } from "@inventory-sync/runtime";
import type { Sources } from "@inventory-sync/sftp";
import type { BoardConfig } from "./config.ts";
import type { Lag } from "./pages/channels/lag.ts";
import type { ClientCallers } from "./people/clients.ts";
import type { Sessions } from "./people/sessions.ts";
import type { NoteWrongToken, Throttle } from "./people/throttle.ts";
import type { CheckPassword, Users } from "./people/users.ts";
import type { Retries } from "./retries.ts";
import type { Live } from "./ui/live.ts";

/** Everything a handler may use. */
export interface Parts extends Pick<BoardConfig, "formSettings" | "reconcile" | "token" | "ingestUrl" | "timeZone"> {
  readonly database: Database;
  /** Undefined where reads go to the primary. */
  readonly replica: Replica | undefined;
  /** How old at most what `database` shows is, where that is the replica. */
  readonly ageMs?: () => number | undefined;
  readonly queues: Queues;
  readonly sources: Sources;
  /** Runs something in an SFTP session of its own. */
  readonly withInbox: WithInbox;
  readonly log: Logger;
  readonly registry: Registry;
  /** Numbers that name facilities: told to those who are known only. */
  readonly shopsRegistry: Registry;
  readonly users: Users;
  readonly sessions: Sessions;
  /** Undefined where the board is not told who the clients of ingest are. */
  readonly clients: ClientCallers | undefined;
  readonly throttle: Throttle;
  readonly checkPassword: CheckPassword;
  readonly noteWrongToken: NoteWrongToken;
  readonly retries: Retries;
  /** Pages that renew themselves. */
  readonly live: Live;
  readonly failedCounter: FailedCounter;
  /** How far behind the channels were. */
  readonly lag: Lag;
}
