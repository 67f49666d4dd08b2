// What the ledger and the queue hold at the end, read with plain SQL and plain Redis commands: none of the product's code.
import type pg from "pg";
import { redisCommand } from "../support/redis-command.ts";
import { type Servers, withClient } from "./world/servers.ts";
import type { World } from "./world/world.ts";

export interface LedgerRow {
  readonly facilityId: string;
  readonly eventId: string;
  readonly line: number;
  readonly idType: string;
  readonly idValue: string;
  readonly type: string;
  readonly quantity: number;
  readonly occurredAtMs: number;
}

export interface AcknowledgementRow {
  readonly facilityId: string;
  readonly eventId: string;
  readonly shipmentEventId: string;
  readonly occurredAtMs: number;
}

export interface LevelRow {
  readonly facilityId: string;
  readonly sku: string;
  readonly onHand: number;
  /** Sum of the effects of its movements. */
  readonly effects: number;
  readonly asOfMs: number | null;
}

export interface ResetRow {
  readonly id: string;
  readonly file: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly open: boolean;
  readonly facilities: readonly { readonly facilityId: string; readonly state: string }[];
}

export interface Ledger {
  readonly movements: readonly LedgerRow[];
  readonly acknowledgements: readonly AcknowledgementRow[];
  readonly levels: readonly LevelRow[];
  readonly resets: readonly ResetRow[];
  /** Movements from outside that were recorded while a reset held their facility, in words. */
  readonly intruders: readonly string[];
}

const movementsSql = `
  select f.facility_id as "facilityId", m.event_id as "eventId", m.line, p.id_type as "idType", p.id_value as "idValue", m.type,
         m.quantity::float8 as quantity, extract(epoch from m.occurred_at) * 1000 as "occurredAtMs"
    from movement m join facility f on f.id = m.facility_id join product p on p.id = m.product_id
   where m.type in ('sale', 'return', 'adjustment', 'shipment')`;
const acknowledgementsSql = `
  select f.facility_id as "facilityId", a.event_id as "eventId", a.shipment_event_id as "shipmentEventId",
         extract(epoch from a.occurred_at) * 1000 as "occurredAtMs"
    from shipment_acknowledgement a join facility f on f.id = a.facility_id`;
const levelsSql = `
  select f.facility_id as "facilityId", p.id_value as sku, coalesce(b.on_hand, 'NaN')::float8 as "onHand",
         coalesce(b.effects, 0)::float8 as effects, extract(epoch from b.as_of) * 1000 as "asOfMs"
    from (select facility_id as facility, product_id as product, on_hand, as_of, effects
            from level_in_force
            full join (select facility_id, product_id, sum(effect) as effects from movement group by 1, 2) m
              using (facility_id, product_id)) b
    join facility f on f.id = b.facility join product p on p.id = b.product`;
const resetsSql = `
  select r.id, r.file, r.state, r.outcome, (r.finished_at is null or r.archived_to is null) as open,
         coalesce(jsonb_agg(jsonb_build_object('facilityId', f.facility_id, 'state', x.state)) filter (where x.reset_id is not null), '[]')
           as facilities
    from reset r left join facility_reset x on x.reset_id = r.id left join facility f on f.id = x.facility_id
   group by r.id`;
// Times are kept to the millisecond, so the two ends of the locked time are left out.
const intrudersSql = `
  select format('%s %s of %s at %s, reset %s', m.type, m.event_id, f.facility_id, m.recorded_at, x.reset_id) as text
    from facility_reset x
    join facility f on f.id = x.facility_id
    join movement m on m.facility_id = x.facility_id
     and m.recorded_at > x.finished_at - make_interval(secs => x.locked_ms / 1000.0) + interval '2 milliseconds'
     and m.recorded_at < x.finished_at - interval '2 milliseconds'
   where x.state = 'applied' and m.type in ('sale', 'return', 'adjustment', 'shipment', 'shipment-acknowledged')`;

/** Reads all of it. */
export function readLedger(world: Pick<World, "databaseUrl">): Promise<Ledger> {
  return withClient(world.databaseUrl, async (client) => {
    const rows = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> =>
      (await client.query<Row>(sql)).rows.map(numbered) as Row[];
    return {
      movements: await rows<LedgerRow & pg.QueryResultRow>(movementsSql),
      acknowledgements: await rows<AcknowledgementRow & pg.QueryResultRow>(acknowledgementsSql),
      levels: await rows<LevelRow & pg.QueryResultRow>(levelsSql),
      resets: await rows<ResetRow & pg.QueryResultRow>(resetsSql),
      intruders: (await rows<{ text: string }>(intrudersSql)).map(({ text }) => text),
    };
  });
}

/** Sums and epochs arrive as text where they are numeric. */
function numbered(row: pg.QueryResultRow): pg.QueryResultRow {
  const isTime = (name: string): boolean => name.endsWith("Ms");
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      isTime(name) && value !== null ? Math.round(Number(value)) : value,
    ]),
  );
}

/** The queues that must come to rest; channels go on for ever. */
const queues = /:(events(-\d+)?|resets|facility-resets)$/;

/** What is not at rest yet, in words; empty when all queues are drained and every reset has ended. */
export async function unrest(world: World): Promise<string[]> {
  const busy = world.backend === "postgres" ? await busyPostgres(world) : await busyRedis(world);
  const open = await withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query<{ text: string }>(
      `select format('reset of %s is %s (generation %s)', file, state, generation) as text from reset
        where finished_at is null or archived_to is null
       union all select format('%s events wait in the inbox', count(*)) from accepted_event where sweep_at is not null having count(*) > 0`,
    );
    return rows.map(({ text }) => text);
  });
  return [...busy, ...open];
}

async function busyRedis(world: World): Promise<string[]> {
  const keys = await queueKeys(world.servers);
  const lists = keys.flatMap((key) => [
    ...["wait", "active"].map((state) => ({ name: `${key} ${state}`, command: ["LLEN", `${key}:${state}`] })),
    ...["delayed", "prioritized", "waiting-children"].map((state) => ({
      name: `${key} ${state}`,
      command: ["ZCARD", `${key}:${state}`],
    })),
  ]);
  const counts = await Promise.all(lists.map(({ command }) => world.servers.redis(...command)));
  const busy = lists.filter((_, index) => counts[index] !== ":0");
  return Promise.all(busy.map(async (list) => `${list.name} (${await exampleOf(world, list.command)})`));
}

/** What all keys of each queue begin with, those of the shards too, wherever they lie: found by what is there. */
async function queueKeys({ group, redisUrl }: Servers): Promise<string[]> {
  const masters = group ? (await group.mastersNow()).map(({ url }) => url) : [redisUrl()];
  const answers = await Promise.all(masters.map((url) => redisCommand(url, "KEYS", "*:id")));
  return answers.flatMap((answer) =>
    [...answer.matchAll(/^([^*$\r\n]+):id\r?$/gm)].map(([, key = ""]) => key).filter((key) => queues.test(key)),
  );
}

/** One of the jobs that are in a list or a sorted set, for whoever reads why it does not end. */
async function exampleOf(world: World, [kind, key = ""]: readonly string[]): Promise<string> {
  const range = kind === "LLEN" ? "LRANGE" : "ZRANGE";
  const id = /\r\n\$\d+\r\n(\S+)/.exec(await world.servers.redis(range, key, "0", "0"))?.[1];
  if (id === undefined) return "gone meanwhile";
  const job = key.replace(/[^:]+$/, id);
  const fields = ["name", "atm", "ats", "stc", "delay", "failedReason"];
  const answer = await world.servers.redis("HMGET", job, ...fields);
  const values = answer
    .split("\r\n")
    .filter((line) => !/^[*$]\d+$/.test(line))
    .map((line) => (line === "$-1" ? "none" : line));
  return fields.map((field, index) => `${field} ${values[index] ?? ""}`).join(", ");
}

function busyPostgres(world: World): Promise<string[]> {
  return withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query<{ text: string }>(
      `select format('%s %s :%s', queue, state, count(*)) as text from bullmq.job
        where state::text not in ('completed', 'failed') group by queue, state`,
    );
    return rows.map(({ text }) => text);
  });
}

export interface FailedJob {
  readonly queue: string;
  readonly name: string;
  readonly error: string;
  readonly message: string;
}

/** What was rejected and stays on record in the inbox, which outlives the queue. */
function rejectedInInbox(world: World): Promise<FailedJob[]> {
  return withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query<FailedJob>(
      `select 'inbox' as queue, format('event %s %s', facility_id, event_id) as name, rejected_code as error, '' as message
         from accepted_event where rejected_code is not null`,
    );
    return rows;
  });
}

/** The failed jobs, as the board tells people. */
export async function failedJobs(world: World): Promise<FailedJob[]> {
  const jobs = await rejectedInInbox(world);
  let cursor: string | null = "";
  while (cursor !== null) {
    const url: string = `${world.boardUrl}/api/jobs/failed?limit=200${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${world.boardToken}` } });
    if (response.status !== 200) throw new Error(`the board answered ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as { items: FailedJob[]; nextCursor: string | null };
    jobs.push(...page.items);
    cursor = page.nextCursor;
  }
  return jobs;
}
