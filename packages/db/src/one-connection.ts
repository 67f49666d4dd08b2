// A connection by itself, for what is done to a database before there is a pool: migrations, roles and rights.
import pg from "pg";

/** Connects, does the work, and ends the connection. @param name what the server shows after "inventory-sync" */
export async function withConnection<Result>(
  url: string,
  name: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: `inventory-sync ${name}` });
  // Without a listener a connection that is cut ends the process. The query that fails says so.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
