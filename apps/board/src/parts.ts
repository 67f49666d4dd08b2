// What the board's handlers work with, wired by board.ts.
import type { Database } from "@inventory-sync/db";
import type { Queues } from "@inventory-sync/queue";
import type { Logger, Registry } from "@inventory-sync/runtime";
import type { Inbox } from "@inventory-sync/sftp";
import type { FailedCounter } from "./jobs/failed-count.ts";
import type { Live } from "./live-pages.ts";
import type { CheckPassword } from "./people/hashing.ts";
import type { Sessions } from "./people/sessions.ts";
import type { Throttle } from "./people/throttle.ts";
import type { Users } from "./people/users.ts";
import type { NoteWrongToken } from "./people/wrong-tokens.ts";
import type { Retries } from "./retries.ts";

/** Everything a handler may use. */
export interface Parts {
  readonly database: Database;
  readonly queues: Queues;
  /** Runs something in an SFTP session of its own. */
  readonly withInbox: <T>(use: (inbox: Inbox) => Promise<T>) => Promise<T>;
  readonly log: Logger;
  readonly registry: Registry;
  /** Numbers that name facilities: told to those who are known only. */
  readonly shopsRegistry: Registry;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly throttle: Throttle;
  readonly checkPassword: CheckPassword;
  readonly noteWrongToken: NoteWrongToken;
  readonly retries: Retries;
  /** Pages that renew themselves. */
  readonly live: Live;
  readonly failedCounter: FailedCounter;
  /** How an approved facility is applied: as the worker would. */
  readonly reconcile: { readonly absentRows: "keep" | "zero"; readonly borderlineSeconds: number };
  /** What machines sign in with; undefined when none may. */
  readonly token: string | undefined;
  /** Addresses and subnets of proxies whose X-Forwarded-… headers are believed. */
  readonly trustedProxies: readonly string[];
  /** IANA name; times on the console are shown in it. */
  readonly timeZone: string;
}
