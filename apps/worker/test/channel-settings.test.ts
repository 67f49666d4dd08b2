// CHANNELS_FILE as it is read: faults that a person makes, each said in words, and what they leave in force.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { channelOnRecord, channelsFileFault, openDatabase } from "@inventory-sync/db";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { openChannels } from "../src/channels/open-channels.ts";
import { channelAlarmsNow } from "./channel-world.ts";

const shop = (name: string, more: object = {}) => ({
  ...{ name, kind: "webhook", url: `https://shop.example/${name}`, secret: { env: "CHANNEL_TEST_SECRET" } },
  ...{ facilities: "*", products: { idType: "SKU" }, ...more },
});

let fresh: FreshDatabase;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "inventory-sync-channels-"));
  fresh = await freshDatabase();
  process.env.CHANNEL_TEST_SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await fresh.drop();
});

/** Opens a file of channels, and says what was warned of. */
async function opened(channels: readonly object[]) {
  const file = join(folder, "channels.json");
  writeFileSync(file, JSON.stringify({ channels }));
  const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
  const warn = vi.spyOn(log, "warn");
  const database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
  const open = openChannels(file, { database, log });
  await open.refresh();
  return {
    open,
    file,
    database,
    warned: () => warn.mock.calls.map((call) => call.at(-1)).join("\n"),
    close: async () => {
      await open.close();
      await database.close();
    },
  };
}

describe("a setting that no channel of its kind has is a fault", () => {
  it.each([
    ["webhook", shop("a", { mdoe: "shadow" }), "mdoe"],
    [
      "feed",
      { ...{ name: "f", kind: "feed", facilities: "*", products: { idType: "SKU" } }, saftyStock: 1 },
      "saftyStock",
    ],
    [
      "woocommerce",
      {
        ...{ name: "w", kind: "woocommerce", baseUrl: "https://shop.example", key: { env: "K" }, secret: { env: "S" } },
        ...{ facilities: "*", products: { idType: "SKU" }, saftyStock: { default: 1 } },
      },
      "saftyStock",
    ],
  ])("%s", async (_kind, channel, field) => {
    const { open, warned, close } = await opened([channel]);
    expect(warned()).toContain(`/channels/0/${field} is not a known field`);
    expect(open.isAny()).toBe(false);
    await close();
  });
});

it("a secret that is missing keeps no other channel from being told; once it is there its own is told too", async () => {
  const late = join(folder, "late-secret");
  const { open, database, warned, close } = await opened([shop("late", { secret: { file: late } }), shop("well")]);
  const why = async () => (await channelOnRecord(database.pool, "late"))?.closedReason;
  const alarms = () => channelAlarmsNow(database);
  expect(await why()).toContain("late-secret");
  expect(await alarms()).toMatchObject([
    { key: "channel-failing:late", message: expect.stringMatching(/it cannot be opened\. .*late-secret.*Mend that/) },
  ]);
  expect((await channelOnRecord(database.pool, "well"))?.closedReason).toBeNull();
  await Promise.all([open.refresh(), open.refresh()]);
  expect([open.get("late"), open.get("well")?.settings.name]).toEqual([undefined, "well"]);
  expect(warned().split("the channel is told nothing until that is mended")).toHaveLength(2);
  expect(warned()).toContain("late-secret");
  const well = open.get("well");
  writeFileSync(late, String(process.env.CHANNEL_TEST_SECRET));
  await open.refresh();
  expect(open.get("late")?.settings.name).toBe("late");
  expect(await why()).toBeNull();
  expect(await alarms()).toEqual([]);
  expect(open.get("well")).toBe(well);
  await close();
});

it("a fault in the file stands on record for as long as it is there, and what was read before stays in force", async () => {
  const { open, file, database, close } = await opened([shop("well")]);
  const fault = async () => {
    await open.refresh();
    return (await channelsFileFault(database.pool))?.fault;
  };
  expect(await fault()).toBeUndefined();
  writeFileSync(file, '{"channels": [');
  expect(await eventually(fault)).toContain("is not JSON");
  expect(await channelAlarmsNow(database)).toMatchObject([
    { key: "channels-file", message: expect.stringContaining("is not JSON") },
  ]);
  expect(open.get("well")?.settings.name).toBe("well");
  writeFileSync(file, JSON.stringify({ channels: [shop("well"), shop("well")] }));
  await eventually(async () => (await fault())?.includes("well is used twice"));
  writeFileSync(file, JSON.stringify({ channels: [shop("well")] }));
  await eventually(async () => (await fault()) === undefined);
  expect(await channelAlarmsNow(database)).toEqual([]);
  await close();
});

it("a shop whose things are known by another field is read anew before anything is told, and two fields are no two places", async () => {
  const web = (match: string, name = "web") => ({
    ...{ name, kind: "shopify", shop: "my-shop", facilities: { S1: "1" }, products: { idType: "SKU" }, match },
    ...{ accessToken: { env: "CHANNEL_TEST_SECRET" } },
  });
  const first = await opened([web("sku")]);
  const { pool } = first.database;
  await pool.query("update channel set map_run_id = gen_random_uuid() where name = 'web'");
  await first.close();
  for (const [match, isKept] of [
    ["sku", true],
    ["barcode", false],
  ] as const) {
    const next = await opened([web(match)]);
    const { rows } = await next.database.pool.query("select map_run_id from channel where name = 'web'");
    expect([match, rows[0]?.map_run_id !== null]).toEqual([match, isKept]);
    await next.close();
  }
  const both = await opened([web("sku"), web("barcode", "web-two")]);
  expect(both.warned()).toContain("tells the same place as web");
  await both.close();
});
