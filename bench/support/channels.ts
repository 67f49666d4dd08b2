// Channels of a run that is measured: three that are told by webhook, by one shop in a process of its own, or that are off.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listChannels } from "@inventory-sync/db";
import { type Shop, startShop } from "../../tests/shops/start-shop.ts";
import { startWorker } from "./processes.ts";
import type { Installation, Stand } from "./stand.ts";

export const channelNames = ["one", "two", "three"] as const;

const lookEveryMs = 20;
const patienceMs = 1_800_000;

/** A shop that takes levels, and what its channels sign with. */
export interface LevelShop {
  readonly url: string;
  readonly secret: string;
  readonly shop: Shop;
}

/** What the channels of a run do: there are none, what changes is noted, or they are told. */
export type Mode = "none" | "off" | "live";

/** Runs `work` with a worker whose channels are in a mode, and the shop that they tell. */
export async function withChannels<T>(
  stand: Stand,
  mode: Mode,
  work: (on: Installation, start: () => ReturnType<typeof startWorker>) => Promise<T>,
): Promise<T> {
  const shop = await startLevelShop();
  try {
    return await stand.using((on) =>
      work(on, async () => {
        if (mode !== "none")
          await configureChannels(
            on,
            channelNames.map((name) => ({ name, shop })),
            mode,
          );
        const worker = await startWorker(on);
        if (mode !== "none") await channelsKept(on, channelNames.length);
        return worker;
      }),
    );
  } finally {
    await shop.shop.kill();
  }
}

/** Starts the shop: it verifies each message and keeps the newest level. */
export async function startLevelShop(): Promise<LevelShop> {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const shop = await startShop("webhook-receiver", { secret });
  return { url: shop.url, secret, shop };
}

/** Writes the settings that a worker of this installation reads. @param mode `off` notes what changes and tells nothing */
export async function configureChannels(
  { dataDir }: Installation,
  told: readonly { readonly name: string; readonly shop: LevelShop }[],
  mode: "live" | "off",
): Promise<void> {
  const channels = [];
  for (const { name, shop } of told) {
    const file = join(dataDir, `secret-of-${name}`);
    await writeFile(file, shop.secret, { mode: 0o600 });
    channels.push({
      ...{ name, kind: "webhook", mode, url: `${shop.url}/${name}`, secret: { file }, allowPrivateAddresses: true },
      ...{ facilities: "*", products: { idType: "SKU" } },
    });
  }
  await writeFile(join(dataDir, "channels.json"), JSON.stringify({ channels }));
}

/** Resolves once the channels are on record: from then on changes are noted. */
export async function channelsKept(on: Installation, count: number): Promise<void> {
  await until(async () => (await listChannels(on.database.pool)).length === count, "on record");
}

/** Resolves, once every channel has been told all there is, with the milliseconds that took. */
export async function channelsTold(on: Installation): Promise<number> {
  const startedAt = performance.now();
  const isTold = async () => {
    const { rows } = await on.database.pool.query("select 1 from level_change limit 1");
    const channels = await listChannels(on.database.pool);
    return rows.length === 0 && channels.every(({ pending, run }) => pending === 0 && run === null);
  };
  await until(isTold, "told");
  return performance.now() - startedAt;
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`the channels are not ${what} after ${patienceMs} ms`);
    await delay(lookEveryMs);
  }
}
