// How long a sale takes until it is on hand: the events that are out are looked up in the ledger by their key until they show,
// and a movement shows together with the level that it changed, for one transaction writes both.
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

/** What is measured is never less than it was, and at most this much more, or a few times what a look takes: looking is not to slow what is measured. */
const lookEveryMs = 3;
const waitsForLooks = 4;
const patienceMs = 300_000;

/** One event that was sent, and when it was seen on hand; times are performance.now(). */
export interface Probe {
  readonly facility: string;
  readonly eventId: string;
  readonly dueAt: number;
  seenAt: number;
}

/** Watches events that are out. */
export interface Probes {
  /** An event was sent, or was due, at this time (performance.now). @param facility outside id */
  sent(facility: string, eventId: string, dueAt: number): void;
  /** Waits until all that were sent are on hand, and gives them. */
  finish(): Promise<readonly Probe[]>;
  stop(): Promise<void>;
}

/** Milliseconds that each probe took. */
export function tookOf(probes: readonly Probe[]): number[] {
  return probes.map(({ dueAt, seenAt }) => seenAt - dueAt);
}

/** Event by event: a join would read the whole ledger where few event ids stand for many rows. */
const onHand = `
  select w.facility_id, w.event_id
    from unnest($1::text[], $2::text[]) as w (facility_id, event_id)
    join facility f on f.facility_id = w.facility_id
    join lateral (select from movement m where m.facility_id = f.id and m.event_id = w.event_id limit 1) seen on true`;

/** The same until the channels have confirmed the level of the event's line: for events each of which is the first of its level. @param channel only this one */
export const confirmedBy = (channel?: string): string => `
  select w.facility_id, w.event_id
    from unnest($1::text[], $2::text[]) as w (facility_id, event_id)
    join facility f on f.facility_id = w.facility_id
    join lateral (select product_id from movement m where m.facility_id = f.id and m.event_id = w.event_id limit 1) seen on true
   where (select count(*) from channel c where ${channel === undefined ? "true" : `c.name = '${channel}'`})
       = (select count(*)
            from channel c
            join channel_item i on i.channel_id = c.id and i.facility_id = f.id and i.product_id = seen.product_id
           where i.told_at is not null and ${channel === undefined ? "true" : `c.name = '${channel}'`})`;

/** Starts to watch. @param query which of the events ($1 facilities, $2 event ids) are there */
export async function watchProbes(databaseUrl: string, query = onHand): Promise<Probes> {
  // Each event by the indexes. Other plans, made while the ledger is empty or for very many events, read the whole of it each time, and soon take
  // more of the machine than what is measured.
  const options = ["seqscan", "hashjoin", "mergejoin"].map((way) => `-c enable_${way}=off`).join(" ");
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "bench probes", options });
  await client.connect();
  const out = new Map<string, Probe>();
  const seen: Probe[] = [];
  let stopped = false;
  const keyOf = (facility: string, eventId: string): string => `${facility} ${eventId}`;

  const look = async (): Promise<void> => {
    const some = [...out.values()];
    const values = [some.map(({ facility }) => facility), some.map(({ eventId }) => eventId)];
    const { rows } = await client.query<{ facility_id: string; event_id: string }>({
      name: "look",
      text: query,
      values,
    });
    const seenAt = performance.now();
    for (const row of rows) {
      const key = keyOf(row.facility_id, row.event_id);
      const probe = out.get(key);
      if (probe) seen.push(Object.assign(probe, { seenAt }));
      out.delete(key);
    }
  };
  const watching = (async () => {
    while (!stopped) {
      const began = performance.now();
      if (out.size > 0) await look();
      await delay(Math.max(lookEveryMs, waitsForLooks * (performance.now() - began)));
    }
  })();

  return {
    sent: (facility, eventId, dueAt) =>
      void out.set(keyOf(facility, eventId), { facility, eventId, dueAt, seenAt: Number.NaN }),
    finish: async () => {
      const deadline = performance.now() + patienceMs;
      while (out.size > 0) {
        if (performance.now() > deadline) throw new Error(`${out.size} probes are not on hand after ${patienceMs} ms`);
        await Promise.race([delay(lookEveryMs), watching]);
      }
      return seen;
    },
    stop: async () => {
      stopped = true;
      await watching;
      await client.end();
    },
  };
}
