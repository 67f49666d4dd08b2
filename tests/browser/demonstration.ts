// What the pictures show: a retailer as old as its records tell, with a web shop that is told its levels, two names of one store, a till
// whose clock is wrong, refused requests, and a file that waits to be read.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lookAtNames, openDatabase, recordClocks } from "@inventory-sync/db";
import { startApp } from "@inventory-sync/local";
import { eventOf, snapshotCsv } from "../flows/outside.ts";
import { eventually } from "../support/index.ts";
import { ageRecords, recordDay } from "./day-of-activity.ts";
import { type Stage, startStage } from "./stage.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** What is counted once a minute must have been. */
const slow = { withinMs: 120_000, everyMs: 1_000 };

/** A file without a header, as some tills write them. */
export const waitingFile = "nightly.csv";

export interface Demonstration extends Stage {
  /** The page of the web shop that is told the levels. */
  readonly shopUrl: string;
}

/** Starts it. @param zone of the schedule */
export async function startDemonstration(zone: string): Promise<Demonstration> {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const stage = await startStage({ facilities: 14, sales: 40 }, { RESET_TIME_ZONE: zone, SHOP_SECRET: secret });
  const { system } = stage;
  const shop = await startApp({
    ...{ app: "local", entry: "shop/main.js" },
    env: {
      ...{ PATH: process.env.PATH, LOG_FORMAT: "json" },
      LOCAL_SHOP_PLAN: JSON.stringify({ file: join(system.dataDir, "levels.jsonl"), secret, port: 0 }),
    },
  });
  const stop = async () => {
    await Promise.all([shop.stop(), stage.stop()]);
  };
  try {
    await makeStories(stage);
    const shopUrl = `http://127.0.0.1:${shop.port}`;
    await tellShop(stage, shopUrl);
    await ageRecords(stage.locks, zone);
    // It was counted alone, before the others.
    await stage.locks.rows(
      "update reset set created_at = created_at - interval '1 day', finished_at = finished_at - interval '1 day' where file = 'onhand-S015.csv'",
    );
    await eventually(async () => {
      const answer = (await (await system.board("/api/alarms")).json()) as { items: unknown[] };
      return answer.items.length > 3;
    }, slow);
    await recordDay(system, stage.locks);
    return { ...stage, shopUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeStories({ system, outside, locks, retailer }: Stage): Promise<void> {
  const now = Date.now();
  const at = new Date(now - hourMs).toISOString();
  await outside.runFile(
    "onhand-S015.csv",
    snapshotCsv(retailer.skus.map((sku, index) => ["S015", sku, 4 + index] as const)),
  );
  await outside.send([eventOf("s015-1", { facilityId: "s015", sku: "CAP-RED-M", quantity: 2, at })]);
  await outside.applied("s015", "s015-1");
  const database = openDatabase({ url: system.databaseUrl, name: "stories", poolMax: 1 });
  await locks.rows("delete from name_look");
  await lookAtNames(database);
  await locks.rows("delete from facility_clock");
  const slot = { facilityId: "S005", slot: new Date(now - 20 * minuteMs), events: 10, absorbed: 9 };
  const late = { lateEvents: 10, zoneEvents: 10, zoneHalfHours: 12 };
  await recordClocks(database, [{ ...slot, ...late, lagMinMs: 6 * hourMs + 500, lagMaxMs: 6 * hourMs + 4_000 }]);
  await database.close();
  await system.postEvents([{ eventId: "S004-R2077", facilityId: "S004", type: "sale", lines: [{ sku: "TEE-RED-M" }] }]);
  await system.postEvents({ eventId: "S009-R0031", facilityId: "S009", type: "sold", occurredAt: at, lines: [] });
  await fetch(`${system.ingestUrl}/v1/events`, { method: "POST", headers: { authorization: "Bearer of-yesterday" } });
  await eventually(async () => (await (await system.board("/api/requests")).text()).includes("S009-R0031"));
  await system.putSnapshot(waitingFile, "EUR|S001|TEE-RED-M|12\nEUR|S001|CAP-BLUE-L|3\nEUR|S002|JEANS-RED-M|7\n");
}

/** Two channels to the shop, one of which only counts what it would tell; waits until everything is told. */
async function tellShop({ system }: Stage, url: string): Promise<void> {
  const channel = (name: string, more: object) => ({
    ...{ name, kind: "webhook", url: `${url}/levels`, secret: { env: "SHOP_SECRET" }, allowPrivateAddresses: true },
    ...{ facilities: "*", products: { idType: "SKU" }, ...more },
  });
  const channels = [
    channel("web-shop", { safetyStock: { default: 1 } }),
    channel("marketplace", { mode: "shadow", url: `${url}/market` }),
  ];
  await writeFile(join(system.dataDir, "channels.json"), JSON.stringify({ channels }));
  await eventually(async () => {
    const seen = (await (await system.board("/api/channels/web-shop")).json()) as {
      pending?: number;
      published?: number;
    };
    if (seen.pending !== 0 || (seen.published ?? 0) === 0) throw new Error(`the web shop: ${JSON.stringify(seen)}`);
    return true;
  }, slow);
}
