// The starters that every other test leans on.
import pg from "pg";
import { describe, expect, it } from "vitest";
import { eachBackend, emptyDatabase, eventually, freshDatabase } from "../../../tests/support/index.ts";

async function tables(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const found = await client.query<{ tablename: string }>(
    "select tablename from pg_tables where schemaname = 'public'",
  );
  await client.end();
  return found.rows.map((row) => row.tablename);
}

describe("a fresh database", () => {
  it("has every migration applied, also when several are asked for at once", async () => {
    const databases = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()]);
    expect(new Set(databases.map(({ url }) => url)).size).toBe(3);
    for (const database of databases) expect(await tables(database.url)).toContain("movement");
    await Promise.all(databases.map((database) => database.drop()));
  });

  it("is gone once it was dropped, even while somebody is connected", async () => {
    const database = await emptyDatabase();
    const client = new pg.Client({ connectionString: database.url });
    client.on("error", () => undefined);
    await client.connect();
    await database.drop();
    await expect(tables(database.url)).rejects.toThrow(/does not exist/);
  });
});

eachBackend("a fresh queue server", (backend) => {
  it("is of the kind that was asked for", async () => {
    const server = await backend.freshQueueServer();
    expect(new URL(server.url).protocol).toBe(`${backend.kind}:`);
    await server.drop();
  });
});

describe("waiting for a fact", () => {
  it("gives what was seen, and otherwise names what was last wrong", async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      return looks > 2 && looks;
    };
    expect(await eventually(look, { everyMs: 1 })).toBe(3);
    const never = () => Promise.reject(new Error("the door is shut"));
    await expect(eventually(never, { withinMs: 20, everyMs: 5 })).rejects.toThrow(
      /not so within 20 ms: the door is shut/,
    );
  });
});
