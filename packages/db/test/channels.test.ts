// What channels are told of next: noted in the ledger's own transaction, numbered in order, told by one worker at a time.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  changesToTell,
  keepChannels,
  type Lane,
  listChannels,
  moveChannel,
  noteFailure,
  settleLevels,
  spreadChanges,
  takeLane,
  valuesToTell,
} from "../src/index.ts";
import { event, send, snapshot } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openFresh();
});
afterAll(() => database.drop());
beforeEach(() =>
  database.pool.query("truncate level_change, level_mark, channel_item, channel_run, channel restart identity cascade"),
);

const kept = (name: string, more: object = {}) => ({
  ...{ name, kind: "webhook", mode: "live", scope: "one" },
  settings: { facilities: "*", products: { idType: "SKU" }, safetyStock: { default: 0 } },
  ...more,
});
let sales = 0;
const sell = (sku: string, quantity = 1) => {
  sales += 1;
  return send(database, [event(`c${sales}`, "sale", { at: "15:00", lines: { [sku]: quantity } })]);
};
const channelOf = async (name: string): Promise<Lane> => {
  const found = (await listChannels(database.pool)).find((each) => each.name === name);
  return { channel: found?.id ?? 0, token: randomUUID() };
};
const due = (after = "0") => changesToTell(database.pool, { after, facilities: null, limit: 100 });
const valuesOf = async (lane: Lane, after?: string) =>
  valuesToTell(database.pool, { channel: lane.channel, keys: await due(after), idType: "SKU" });

describe("a change of a level", () => {
  it("is noted while there is a channel, whatever makes it, and nothing is while there is none", async () => {
    await sell("A");
    expect((await database.pool.query("select 1 from level_change")).rowCount).toBe(0);
    await keepChannels(database.pool, [kept("shop")]);
    await sell("A");
    await snapshot(database, { at: "09:00", counts: { A: 10, NEW: 0 } });
    expect(await spreadChanges(database)).toEqual({ marked: 2, isMore: false });
    expect(
      (await valuesOf(await channelOf("shop"))).map(({ idValue, onHand }) => [idValue, Number(onHand)]).toSorted(),
    ).toEqual([
      ["A", 8],
      ["NEW", 0],
    ]);
  });

  it("that rolls back leaves nothing, and one that commits later than another is not passed over", async () => {
    await keepChannels(database.pool, [kept("shop")]);
    const slow = await database.pool.connect();
    await slow.query("begin");
    await slow.query(
      `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
       select facility_id, 'slow', 1, product_id, 'adjustment', 1, 1, now(), '' from level limit 1`,
    );
    await sell("B");
    await spreadChanges(database);
    const first = await due();
    expect(first).toHaveLength(1);
    await slow.query("commit");
    slow.release();
    await spreadChanges(database);
    expect(await due(first.at(-1)?.sequence)).toHaveLength(1);
  });

  it("is numbered by one worker at a time", async () => {
    await keepChannels(database.pool, [kept("shop")]);
    await sell("A");
    const holder = await database.pool.connect();
    await holder.query("begin");
    await holder.query("select pg_advisory_xact_lock(7007, 0)");
    expect(await spreadChanges(database)).toBeUndefined();
    await holder.query("rollback");
    holder.release();
    expect(await spreadChanges(database)).toMatchObject({ marked: 1 });
  });
});

describe("a channel", () => {
  it("is told all once when it is new, when it is told other levels, when it was a shadow, and not for being switched off", async () => {
    const begun = async (...channels: ReturnType<typeof kept>[]) =>
      (await keepChannels(database.pool, channels)).map(({ name }) => name).toSorted();
    expect(await begun(kept("a"), kept("b"))).toEqual(["a", "b"]);
    expect(await begun(kept("a"), kept("b"))).toEqual([]);
    expect(await begun(kept("a", { scope: "two" }), kept("b", { mode: "off" }))).toEqual(["a"]);
    expect(await begun(kept("a", { scope: "two", mode: "shadow" }), kept("b"))).toEqual([]);
    expect(await begun(kept("a", { scope: "two" }))).toEqual(["a"]);
    expect(await begun(kept("a", { scope: "two" }), kept("b"))).toEqual(["b"]);
  });

  it("that tells another place forgets what the one before was told, and one whose place was not on record does not", async () => {
    const at = (place?: string) => keepChannels(database.pool, [kept("shop", { scope: `${place}`, place })]);
    await at();
    await sell("A");
    await spreadChanges(database);
    const lane = await channelOf("shop");
    await takeLane(database.pool, lane);
    const [value] = await valuesOf(lane);
    const told = { facility: value?.facility ?? 0, product: value?.product ?? 0, number: 1, sequence: "1" };
    await settleLevels(database.pool, lane, [told]);
    await at("here");
    expect(await valuesOf(lane)).toMatchObject([{ toldSequence: "1" }]);
    await at("there");
    expect(await valuesOf(lane)).toMatchObject([{ toldSequence: null, toldOnHand: null }]);
  });

  it("is one worker's until its time is over, and what the one before still writes does not count", async () => {
    await keepChannels(database.pool, [kept("shop")]);
    await sell("A", 3);
    await spreadChanges(database);
    const [one, other] = [await channelOf("shop"), await channelOf("shop")];
    expect(await takeLane(database.pool, one)).toMatchObject({ toldThrough: "0" });
    expect(await takeLane(database.pool, other)).toBeUndefined();
    const [value] = await valuesOf(one);
    const told = [{ facility: value?.facility ?? 0, product: value?.product ?? 0, number: 1, sequence: "1" }];
    await database.pool.query("update channel set lane_until = clock_timestamp() - interval '1 second'");
    expect(await takeLane(database.pool, other)).toBeDefined();
    expect(await settleLevels(database.pool, one, told)).toBe(false);
    expect(await moveChannel(database.pool, one, "9")).toBeUndefined();
    expect(await settleLevels(database.pool, other, told)).toBe(true);
    expect(await moveChannel(database.pool, other, "9")).toBe(false);
  });

  it("whose target fails is left alone until its time, and forgets that once something is taken", async () => {
    await keepChannels(database.pool, [kept("shop")]);
    const lane = await channelOf("shop");
    await takeLane(database.pool, lane);
    const failure = { reason: "it is away", nextTryMs: 60_000, isFinal: false, isThrottle: false };
    await noteFailure(database.pool, lane, failure);
    expect(await takeLane(database.pool, lane)).toBeUndefined();
    expect(await listChannels(database.pool)).toMatchObject([{ failures: 1, lastError: "it is away" }]);
    await database.pool.query("update channel set next_try_at = clock_timestamp()");
    await takeLane(database.pool, lane);
    await moveChannel(database.pool, lane, "0");
    expect(await listChannels(database.pool)).toMatchObject([{ failures: 0, failingSince: null }]);
  });

  it("looks its levels up one by one, however much it was told since the statement was first planned", async () => {
    await keepChannels(database.pool, [kept("shop")]);
    await sell("A");
    await spreadChanges(database);
    const { channel } = await channelOf("shop");
    const keys = await due();
    const client = await database.pool.connect();
    const look = () => valuesToTell(client, { channel, keys, idType: "SKU" });
    try {
      // As it was emptied and seen empty: a plan made now, and kept, would be one for a table without rows.
      await client.query("vacuum (analyze) channel_item");
      for (let times = 0; times < 8; times += 1) await look();
      await client.query(
        "insert into channel_item (channel_id, facility_id, product_id) select $1, 1000 + n, 1 from generate_series(1, 3000) n",
        [channel],
      );
      await client.query("begin");
      expect(await look()).toHaveLength(keys.length);
      const { rows } = await client.query<{ read: number }>(
        `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables where relname = 'channel_item'`,
      );
      // The planner looks at a row or two itself.
      expect(rows[0]?.read).toBeLessThan(10);
      await client.query("rollback");
    } finally {
      client.release();
    }
  });

  it("ends with what is on hand, in whatever order sales, numbering, sending and lost answers come", async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant("sell" as const),
        sku: fc.constantFrom("P", "Q", "R"),
        quantity: fc.integer({ min: 1, max: 3 }),
      }),
      fc.constant({ do: "number" as const }),
      fc.record({ do: fc.constant("tell" as const), isAnswerLost: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await database.pool.query(
          "truncate level_change, level_mark, channel_item, channel_run, channel restart identity cascade",
        );
        await keepChannels(database.pool, [kept("shop")]);
        const lane = await channelOf("shop");
        const shop = new Map<string, { onHand: number; sequence: bigint }>();
        const tell = async (isAnswerLost: boolean) => {
          const taken = await takeLane(database.pool, lane);
          const through = (await due(taken?.toldThrough)).at(-1)?.sequence;
          const values = await valuesOf(lane, taken?.toldThrough);
          for (const { idValue, onHand, sequence } of values) {
            expect(BigInt(sequence)).toBeGreaterThanOrEqual(shop.get(idValue ?? "")?.sequence ?? 0n);
            shop.set(idValue ?? "", { onHand: Number(onHand), sequence: BigInt(sequence) });
          }
          if (isAnswerLost || through === undefined) return;
          const told = values.map(({ facility, product, onHand, sequence }) => ({
            facility,
            product,
            number: Number(onHand),
            sequence,
          }));
          await settleLevels(database.pool, lane, told);
          await moveChannel(database.pool, lane, through);
        };
        const sold = new Set<string>();
        for (const each of steps) {
          if (each.do === "tell") await tell(each.isAnswerLost);
          else if (each.do === "number") await spreadChanges(database);
          else {
            sold.add(each.sku);
            await sell(each.sku, each.quantity);
          }
        }
        await spreadChanges(database);
        await tell(false);
        const { rows } = await database.pool.query<{ sku: string; onHand: string }>(
          `select i.id_value as sku, l.on_hand::text as "onHand" from level l join product_identification i using (product_id) where i.id_value = any ($1)`,
          [[...sold]],
        );
        for (const { sku, onHand } of rows) expect([sku, shop.get(sku)?.onHand]).toEqual([sku, Number(onHand)]);
        expect(await listChannels(database.pool)).toMatchObject([{ pending: 0 }]);
      }),
      { numRuns: 30 },
    );
  });
});
