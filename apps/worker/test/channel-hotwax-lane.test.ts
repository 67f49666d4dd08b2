// The kind `hotwax` in its lane, over a real database: what a lost answer leaves open is settled by the reset file, and what changes meanwhile is
// told after it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { hotwax } from "../src/channels/hotwax/hotwax.ts";
import { type ChannelWorld, channelWorld } from "./channel-world.ts";
import { startOms, type TestOms } from "./hotwax-oms.ts";

let world: ChannelWorld;
let oms: TestOms;
beforeAll(async () => {
  [world, oms] = await Promise.all([channelWorld(), startOms(["TEE"])]);
  await oms.clear();
});
afterAll(() => Promise.all([world?.close(), oms?.kill()]));

it("a level of unknown outcome is settled by the reset file, and told nothing else until then", async () => {
  const settings = await world.keep({ facilities: { S1: "HC_1" } });
  const target = oms.open();
  const work = async () => {
    await world.tryNow();
    return world.work(settings, target, hotwax.tells);
  };
  const passFile = async () => {
    await work();
    await work();
    expect(await oms.control("import", {})).toHaveLength(1);
  };
  await world.sell("TEE", -10);
  await passFile();
  expect(await world.items()).toMatchObject([{ told: null, problem: "UNKNOWN_OUTCOME" }]);
  await work();
  expect(await world.items()).toMatchObject([{ told: 10, problem: null, sent: null }]);
  expect(await oms.quantity("TEE")).toBe(10);

  await oms.control("faults", ["drop"]);
  await world.sell("TEE", 3);
  expect(await work()).toBe("failing");
  expect(await world.items()).toMatchObject([{ told: 10, problem: "UNKNOWN_OUTCOME", sent: -3 }]);
  await world.sell("TEE", 1);
  await passFile();
  // What is on hand now is what it was told last, and somebody settles it as not applied: the row of the file counts all the same.
  await world.sell("TEE", -4);
  await world.database.pool.query(
    "update channel_item set sent_delta = null, problem = null, message = null, again = true",
  );
  expect([await oms.quantity("TEE"), await oms.calls()]).toEqual([6, 1]);
  expect(await work()).toBe("told all");
  expect(await world.items()).toMatchObject([{ told: 10, problem: null, sent: null, onHand: 10 }]);
  expect([await oms.quantity("TEE"), await oms.calls()]).toEqual([10, 2]);
  expect(await world.isDue()).toBe(false);
  await target.close();
});
