// B11: what an event costs with 10,000,000 movements in the ledger, against an empty one.
import { alternate } from "./support/alternate.ts";
import { drain, fill, pauseEvents, singly } from "./support/drain.ts";
import { createCatalogue, saleOf } from "./support/events.ts";
import { figureOf, type Measure, ratioOf } from "./support/measure.ts";
import { startWorker } from "./support/processes.ts";
import type { Installation, Stand } from "./support/stand.ts";

const movementsFull = 10_000_000;
const eventsFull = 50_000;
const retailer = { facilities: 50, products: 2_000 };
const rowsAStatement = 500_000;

const grow = `
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, recorded_at, content)
  select f.id, 'old-' || lpad(n::text, 9, '0'), 1, p.first + n % p.products, 'sale', -1, -1,
         now() - (($2 - n) || ' seconds')::interval, now() - (($2 - n) || ' seconds')::interval, decode(md5(n::text), 'hex')
    from generate_series($1::int, least($1 + $3 - 1, $2 - 1)::int) n
    join (select id, row_number() over (order by id) - 1 as at, count(*) over () as all from facility) f on f.at = n % f.all,
         (select min(id) as first, count(*)::int as products from product) p`;

/** Fills the ledger as years of sales would, with the levels that go with it. */
async function growLedger({ database }: Installation, movements: number): Promise<void> {
  for (let first = 0; first < movements; first += rowsAStatement) {
    await database.pool.query(grow, [first, movements, rowsAStatement]);
  }
  await database.pool.query(
    `insert into level (facility_id, product_id, on_hand)
     select facility_id, product_id, sum(effect) from movement group by 1, 2 order by 1, 2`,
  );
  await database.pool.query("vacuum (analyze)");
}

/** Microseconds an event. */
async function costOf(on: Installation, events: number, name: string): Promise<number> {
  await pauseEvents(on);
  await fill(
    on,
    singly(events, (n) => saleOf(name, n, retailer)),
  );
  await on.database.pool.query("checkpoint");
  const worker = await startWorker(on);
  const seconds = await drain(on);
  await worker.stop();
  return (seconds / events) * 1_000_000;
}

async function measure(stand: Stand, sizes: { movements: number; events: number; rounds: number }) {
  return stand.using(async (full) => {
    await createCatalogue(full, retailer);
    await growLedger(full, sizes.movements);
    let round = 0;
    return alternate(
      {
        full: () => {
          round += 1;
          return costOf(full, sizes.events, `new-${round}`);
        },
        empty: () =>
          stand.using(async (empty) => {
            await createCatalogue(empty, retailer);
            return costOf(empty, sizes.events, "new");
          }),
      },
      { rounds: sizes.rounds, practice: false },
    );
  });
}

export const grownLedger: Measure = {
  name: "grown-ledger",
  ids: ["B11"],
  run: async (stand, sizes) => {
    const movements = sizes.of(movementsFull, 20_000);
    const costs = await measure(stand, { movements, events: sizes.of(eventsFull, 300), rounds: sizes.rounds });
    return [
      {
        ...{ id: "B11", what: `cost of an event with ${movements} movements in the ledger`, unit: "µs" },
        ...{ product: figureOf(costs.full), reference: figureOf(costs.empty), ratio: ratioOf(costs.full, costs.empty) },
        ...{ referenceIs: "the same with an empty ledger", target: { ratioMax: 1.3 } },
      },
    ];
  },
};
