// A retailer of 5,000 stores in the database: 1,000 resets, the newest of all stores with 20 that are held and 20,000 corrections,
// 20,000 levels and movements, 200 alarms, and some of everything else that pages list.
import { randomUUID } from "node:crypto";
import type { Database } from "@inventory-sync/db";

export interface LargeRetailer {
  /** The newest reset. */
  readonly resetId: string;
  /** The oldest reset, of one store. */
  readonly oldestResetId: string;
}

const statements: readonly string[] = [
  `insert into facility (facility_id, name) select 'S' || lpad(n::text, 4, '0'), 'Store ' || n from generate_series(1, 5000) n`,
  `insert into product (id_type, id_value) select 'SKU', 'TEE-' || lpad(n::text, 5, '0') from generate_series(1, 1000) n`,
  "insert into product_identification (id_type, id_value, product_id) select id_type, id_value, id from product",
  `insert into reset (id, file, size, modified_at, observed_at, requested_by, state, as_of, as_of_from, rows, sha256, created_at, finished_at)
   select gen_random_uuid(), 'onhand-' || n || '.csv', 4000, at, at, 'schedule', 'completed', at, 'name', 20, md5(n::text), at, at + interval '1 min'
     from (select n, now() - make_interval(hours => n) as at from generate_series(1, 999) n) t`,
  `insert into reset (id, file, size, modified_at, observed_at, requested_by, state, as_of, as_of_from, rows, rejected, sha256, finished_at)
   values ($1::uuid, 'onhand-now.csv', 900000, now(), now(), 'schedule', 'completed-with-holds', now(), 'name', 20000, 2000, 'ab12', now())`,
  `insert into facility_reset (reset_id, facility_id, state, rows, corrected, units_before, units_after, unexplained, held_because, started_at, finished_at)
   select $1::uuid, id, case when id % 250 = 0 then 'held' else 'applied' end, 4, 4, 100, 40, -60,
          case when id % 250 = 0 then 'stock would fall by 60 %: 100 → 40 units (limit ±50 %)' end, now(), now() from facility`,
  `insert into facility_reset (reset_id, facility_id, state, rows, corrected, units_before, units_after, finished_at)
   select r.id, 1, 'applied', 20, 3, 100, 98, r.finished_at from reset r where r.id <> $1::uuid`,
  `insert into correction (reset_id, facility_id, product_id, before, counted, late_sales, shipments, unexplained, after)
   select $1::uuid, f.id, p.id, 25, 10, 0, 0, -15, 10 from facility f join product p on p.id % 250 = f.id % 250`,
  `insert into rejected_row (reset_id, line, facility_id, code, reason, fields)
   select $1::uuid, n, 'S0001', 'BAD_QUANTITY', 'The quantity "12 pcs" is no number', array['S0001', 'TEE-00001', '12 pcs'] from generate_series(1, 2000) n`,
  `insert into level (facility_id, product_id, on_hand) select f.id, p.id, p.id % 40 from facility f join product p on f.id = 1 or p.id % 263 = f.id % 263`,
  `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
   select 1 + n % 10, 'R' || n, 1, 1 + n % 50, 'sale', -1, -1, now() - make_interval(secs => n * 4), '\\x00'::bytea from generate_series(1, 20000) n`,
  `insert into alarm (key, kind, message, facility_id, cleared_at)
   select 'facility-silent:S' || n, 'facility-silent', 'Store S' || n || ' has sent no sales since 2026-11-28T09:00:00Z: none for 90 minutes.', 'S' || n,
          case when n > 180 then now() end from generate_series(1, 400) n`,
  `insert into alarm (key, kind, message, facility_id, reset_id)
   select 'facility-held:' || f.facility_id, 'facility-held', 'Store is held. Look at it.', f.facility_id, $1::uuid from facility f where f.id % 250 = 0`,
  `insert into refused_request (id, at, client, address, call, status, code, detail, pointer, event_id, request_id, body_head)
   select gen_random_uuid(), now() - make_interval(secs => n), 'pos-' || n % 40, '10.0.0.1', 'POST /v1/events', 422, 'invalid', 'quantity is no number',
          '/0/lines/0/quantity', 'R' || n, gen_random_uuid()::text, repeat('{"eventId":"R1"}', 60) from generate_series(1, 5000) n`,
  `insert into client_minute (client, minute, process, accepted, refused, unavailable, left_out)
   select 'pos-' || n % 40, date_trunc('minute', now()) - make_interval(mins => n / 40), '${randomUUID()}', 30, 1, 0, 0 from generate_series(0, 20000) n`,
  `insert into activity_minute (minute, events, sales, receipt_to_commit, sale_to_commit)
   select date_trunc('minute', now()) - make_interval(mins => n), 200, 180, array_fill(3, array[30]), array_fill(3, array[30]) from generate_series(1, 1440) n`,
  `insert into operator_action (who, role, by, what, target) select 'olga', 'operator', 'session', 'approve', 'S' || n from generate_series(1, 5000) n`,
  `insert into dismissed_job (who, reason, queue, job_id, name, cause, message, failed_at, lost, payload)
   select 'olga', 'set back', 'events', n::text, 'sale S1 R' || n, 'EVENT_ID_REUSED', 'it is there with other content', now(), 0, '{"eventId":"R1"}'
     from generate_series(1, 2000) n`,
  `insert into name_pair (kind, low, high, pair, first_seen)
   select 'facility', n, n + 1, jsonb_build_object('kind', 'facility', 'form', 'apart', 'likeness', 'zeros', 'a', jsonb_build_object('facilityId', 'S' || n),
          'b', jsonb_build_object('facilityId', 'S0' || n), 'unitsOfA', 3, 'unitsOfB', 5, 'since', '2026-11-28T09:00:00.000Z',
          'countedAt', '2026-11-28T08:00:00.000Z', 'facilityId', null, 'facilities', 1), now() from generate_series(1, 500) n`,
  `insert into channel (name, kind, mode, scope, settings)
   select 'shop-' || n, 'webhook', 'live', 'a', '{"facilities": "*", "products": {"idType": "SKU"}, "safetyStock": {"default": 0}}' from generate_series(1, 12) n`,
  `insert into level_mark (facility_id, product_id, changed_at) select facility_id, product_id, now() from level`,
  `insert into channel_item (channel_id, facility_id, product_id, told_on_hand, told_sequence, told_at, problem, message, problem_since)
   select 1, facility_id, product_id, 4, 1, now(), case when facility_id % 5 = 0 then 'REFUSED' end, case when facility_id % 5 = 0 then 'not sold here' end,
          case when facility_id % 5 = 0 then now() end from level`,
  "analyze",
];

/** Fills an empty database. */
export async function fillLargeRetailer({ pool }: Pick<Database, "pool">): Promise<LargeRetailer> {
  const resetId = randomUUID();
  for (const statement of statements) await pool.query(statement, statement.includes("$1") ? [resetId] : []);
  const { rows } = await pool.query<{ id: string }>("select id from reset order by created_at limit 1");
  return { resetId, oldestResetId: rows[0]?.id ?? "" };
}

/** Its pages, with Bull Board's left out, which draws them in the browser. */
export function pagesOf({ resetId, oldestResetId }: LargeRetailer): string[] {
  return `/ /alarms /resets /resets/${resetId} /resets/${resetId}?facility=S0250 /resets/${oldestResetId} /resets/${oldestResetId}/revert
    /facilities /facilities?q=17 /facilities?show=attention /facilities/S0001 /facilities/S0001/clock
    /facilities/S0001/products/SKU/TEE-00001 /facilities/S0002/events/R1
    /find?q=TEE /find?q=TEE-00001 /find?q=onhand /find?q=S00 /names /sources /sources/default/files/nightly.csv
    /channels /channels?product=TEE-00001 /channels/shop-1 /jobs /jobs/dismissed /requests /requests?client=pos-1 /audit /runbook /docs`.split(
    /\s+/,
  );
}

/**
 * What machines ask of it: of every answer that is no file (.csv, .ndjson: those are whole lists, sent row by row) the path as it is
 * documented, with addresses to ask.
 */
export function answersOf({ resetId, oldestResetId }: LargeRetailer): Readonly<Record<string, readonly string[]>> {
  const level = "/api/facilities/S0001/inventory/SKU/TEE-00001";
  return {
    "/api/find": ["/api/find?q=TEE", "/api/find?q=S00", "/api/find?q=onhand"],
    "/api/facilities": ["/api/facilities", "/api/facilities?limit=1000"],
    "/api/facilities/{facilityId}/inventory": [
      "/api/facilities/S0001/inventory",
      "/api/facilities/S0001/inventory?limit=1000",
    ],
    "/api/facilities/{facilityId}/inventory/{idType}/{idValue}": [level, `${level}?at=2026-11-01T00:00:00Z`],
    "/api/facilities/{facilityId}/inventory/{idType}/{idValue}/ledger": [`${level}/ledger`],
    "/api/facilities/{facilityId}/inventory/{idType}/{idValue}/explain": [`${level}/explain`],
    "/api/facilities/{facilityId}/events/{eventId}": ["/api/facilities/S0002/events/R1"],
    "/api/channels": ["/api/channels"],
    "/api/channels/{channel}": ["/api/channels/shop-1"],
    "/api/channels/{channel}/problems": ["/api/channels/shop-1/problems"],
    "/api/channels/{channel}/changes": [],
    "/api/channel-levels": ["/api/channel-levels?product=TEE-00001"],
    "/api/unknown-facilities": ["/api/unknown-facilities"],
    "/api/facilities/{facilityId}/clock": ["/api/facilities/S0001/clock"],
    "/api/names": ["/api/names"],
    "/api/names/merges": ["/api/names/merges"],
    "/api/resets": ["/api/resets", "/api/resets?limit=1000"],
    "/api/resets/{id}": [`/api/resets/${resetId}`, `/api/resets/${oldestResetId}`],
    "/api/resets/{id}/absent": [`/api/resets/${resetId}/absent`],
    "/api/sources": ["/api/sources"],
    "/api/jobs/failed": ["/api/jobs/failed", "/api/jobs/failed?limit=200", "/api/jobs/failed?groupBy=error"],
    "/api/jobs/retries/{id}": [],
    "/api/jobs/dismissed": ["/api/jobs/dismissed", "/api/jobs/dismissed?limit=1000"],
    "/api/jobs/clashes": ["/api/jobs/clashes"],
    "/api/alarms": ["/api/alarms", "/api/alarms?limit=1000"],
    "/api/audit": ["/api/audit", "/api/audit?limit=1000"],
    "/api/requests": ["/api/requests", "/api/requests?limit=1000"],
    "/api/requests/clients": ["/api/requests/clients"],
    "/readyz": ["/readyz"],
    "/metrics": ["/metrics"],
  };
}
