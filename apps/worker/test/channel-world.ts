// A channel of a kind that the test says, over a real database, with its target in this process: what the lane does, without a protocol.
import {
  beginChannelRun,
  channelOnRecord,
  channelsToWake,
  type Database,
  keepAbilities,
  keepChannels,
  openDatabase,
  spreadChanges,
} from "@inventory-sync/db";
import { type ChannelSettings, channelSettings, facilitiesOf } from "@inventory-sync/domain";
import { createLog } from "@inventory-sync/runtime";
import { event, send } from "../../../packages/db/test/ledger-driver.ts";
import { freshDatabase } from "../../../tests/support/index.ts";
import { type LaneEnd, workOnChannel } from "../src/channels/lane.ts";
import { createSpareTime } from "../src/channels/spare-time.ts";
import type { Target, Tells } from "../src/channels/target.ts";
import { watchChannels } from "../src/channels/watch-channels.ts";
import type { AlarmParts } from "../src/upkeep/alarm-watches.ts";

/** The alarms of channels as they are now. */
export async function channelAlarmsNow(database: Database) {
  const config = { RESET_TIME_ZONE: "UTC", CHANNEL_BEHIND_MINUTES: 10 };
  return (await watchChannels({ database, config } as unknown as AlarmParts, new Date())).causes;
}

/** Opens it. One channel, named shop. */
export async function channelWorld() {
  const fresh = await freshDatabase();
  const database = openDatabase({ url: fresh.url, name: "test", poolMax: 6 });
  const { pool } = database;
  const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
  let sales = 0;
  const record = async () => {
    const found = await channelOnRecord(pool, "shop");
    if (found === undefined) throw new Error("there is no channel shop");
    return found;
  };
  const begin = async (kind: "resync" | "compare" | "map", settings: ChannelSettings) =>
    beginChannelRun(pool, {
      ...{ channel: (await record()).id, kind, facility: null, facilities: facilitiesOf(settings), startedBy: "test" },
    });
  return {
    database,
    record,
    begin,
    /** A channel, and all levels of before gone. */
    async clear(): Promise<void> {
      await pool.query(
        "truncate level_change, level_mark, channel_item, channel_run, channel_target, channel_compared, channel, movement, level restart identity cascade",
      );
    },
    async keep(given: object = {}): Promise<ChannelSettings> {
      const settings = channelSettings.parse({
        ...{ name: "shop", kind: "test", facilities: "*", products: { idType: "SKU" }, ...given },
      });
      const { name, kind, mode, facilities, products, safetyStock } = settings;
      const kept = { facilities, products, safetyStock };
      const begun = await keepChannels(pool, [
        { name, kind, mode, scope: JSON.stringify(kept), place: "here", settings: kept },
      ]);
      if (begun.length > 0) await begin("resync", settings);
      return settings;
    },
    /** Sells, or takes back where the quantity is below 0. */
    async sell(sku: string, quantity = 1, facilityId = "S1"): Promise<void> {
      sales += 1;
      const type = quantity < 0 ? "return" : "sale";
      await send(database, [
        event(`w${sales}`, type, { at: "15:00", lines: { [sku]: Math.abs(quantity) }, facilityId }),
      ]);
      await spreadChanges(database);
    },
    /** What a worker does that is woken for it. @param heldMsMax for how long it relies on the lane @returns how that ended */
    async work(settings: ChannelSettings, target: Target, tells: Tells = {}, heldMsMax?: number): Promise<LaneEnd> {
      const { id } = await record();
      const abilities = (["items", "held"] as const).filter((each) => target[each]);
      await keepAbilities(pool, id, {
        abilities: [...abilities, ...(target.resetLevels ? (["reset"] as const) : [])],
        isCompared: target.held !== undefined && settings.compareEachDayPct > 0,
      });
      const parts = { database, log, spare: createSpareTime(), stopping: new AbortController().signal };
      return (await workOnChannel(parts, { settings, tells, target, id }, heldMsMax)).end;
    },
    /** Whether a worker would be woken for it. */
    isDue: async () => (await channelsToWake(pool)).length > 0,
    /** The next try, and the next absolute telling, are at once. */
    tryNow: () => pool.query("update channel set next_try_at = null, reset_due_at = null, lane_token = null"),
    async items() {
      const { rows } = await pool.query<{
        facility: string;
        sku: string;
        told: number | null;
        problem: string | null;
        sent: number | null;
        onHand: number;
      }>(
        `select f.facility_id as facility, n.id_value as sku, i.told_on_hand::float as told, i.problem, i.sent_delta::float as sent, l.on_hand::float as "onHand"
           from channel_item i
           join facility f on f.id = i.facility_id
           join product_identification n on n.product_id = i.product_id
           left join level l on l.facility_id = i.facility_id and l.product_id = i.product_id
          order by n.id_value, f.facility_id`,
      );
      return rows;
    },
    close: async () => {
      await database.close();
      await fresh.drop();
    },
  };
}

export type ChannelWorld = Awaited<ReturnType<typeof channelWorld>>;
