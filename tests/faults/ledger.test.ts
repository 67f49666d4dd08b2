// What the oracle reads from the database: above all that it would see a movement that slipped into a reset (R8).
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { freshDatabase } from "../support/index.ts";
import { readLedger } from "./ledger.ts";
import { withClient } from "./world/servers.ts";

const insertMovement = `
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, recorded_at, content)
  select f.id, $1, 1, p.id, $2, -1, -1, now(), $3::timestamptz, '\\x00' from facility f, product p`;

test("a movement that was recorded while a reset held its facility is seen, and no other", async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const resetId = randomUUID();
  await withClient(database.url, async (client) => {
    await client.query("insert into facility (facility_id) values ('F1')");
    await client.query("insert into product (id_type, id_value) values ('SKU', 'P1')");
    await client.query(
      `insert into reset (id, file, size, modified_at, observed_at, requested_by, state, finished_at, archived_to)
       values ($1, 'a.csv', 1, now(), now(), 'test', 'completed', now(), 'archive/a.csv')`,
      [resetId],
    );
    await client.query(
      `insert into facility_reset (reset_id, facility_id, state, rows, locked_ms, finished_at)
       select $1, id, 'applied', 1, 1000, '2026-01-05T10:00:01Z' from facility`,
      [resetId],
    );
    await client.query(insertMovement, ["before", "sale", "2026-01-05T09:59:59.990Z"]);
    await client.query(insertMovement, ["within", "sale", "2026-01-05T10:00:00.500Z"]);
    await client.query(insertMovement, ["own", "correction", "2026-01-05T10:00:00.500Z"]);
    await client.query(insertMovement, ["after", "sale", "2026-01-05T10:00:01.010Z"]);
  });
  const ledger = await readLedger({ databaseUrl: database.url });
  expect(ledger.intruders).toEqual([expect.stringContaining("sale within of F1")]);
  expect(ledger.movements.map(({ eventId, idValue, quantity }) => [eventId, idValue, quantity]).sort()).toEqual([
    ["after", "P1", -1],
    ["before", "P1", -1],
    ["within", "P1", -1],
  ]);
  expect(ledger.resets).toMatchObject([
    { id: resetId, open: false, facilities: [{ facilityId: "F1", state: "applied" }] },
  ]);
  expect(ledger.levels).toMatchObject([{ facilityId: "F1", sku: "P1", onHand: Number.NaN, effects: -4 }]);
});
