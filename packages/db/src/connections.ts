// Who holds the connections of the database server, and how many more it would give.
import { type ConnectionRoom, refusePooler, roomAtServer } from "@inventory-sync/runtime/postgres";
import { withConnection } from "./database.ts";
import { run } from "./statements.ts";

/** The connections of one role to one database, of processes of one name. */
export interface Connected {
  readonly role: string;
  readonly database: string;
  readonly name: string;
  readonly connections: number;
  readonly working: number;
}

/** Asks the server. @throws ConfigError where the address leads to a pooler, which hides who is behind it */
export async function lookAtConnections(
  url: string,
): Promise<{ readonly room: ConnectionRoom | undefined; readonly held: readonly Connected[] }> {
  return withConnection(url, "connections", async (client) => {
    refusePooler(client, {
      address: "DATABASE_URL",
      what: "who holds its connections is not seen through it",
      fix: "Set it to the PostgreSQL server's own address for this command, and ask the pooler by SHOW POOLS",
    });
    return { room: await roomAtServer(client), held: await run<Connected>(client, "list_connections") };
  });
}
