// The web shop of a world: a process that is told every level by a channel, behind a network of its own, and that knows after a crash what it has
// confirmed.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Shop, startShop } from "../../shops/start-shop.ts";
import { type Link, startLink } from "./link.ts";

export interface WorldShop {
  /** Between the workers and it. */
  readonly link: Link;
  /** What the workers' settings must have. */
  readonly env: Readonly<Record<string, string>>;
  kill(): Promise<void>;
  /** It runs, and answers as it should. */
  ensure(): Promise<void>;
  /** Takes messages and cuts the connection before it answers, until it is made right again. */
  dropAnswers(): Promise<void>;
  /** What it sells by: on hand by facility and SKU. */
  levels(): Promise<{ facilityId: string; idValue: string; onHand: number }[]>;
  close(): Promise<void>;
}

/** Starts it, and writes the channel that tells it into the folder of the settings. */
export async function startWorldShop(folder: string, dataDir: string): Promise<WorldShop> {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const settings = { secret, file: join(folder, "shop.jsonl") };
  let shop: Shop = await startShop("webhook-receiver", settings);
  const port = Number(new URL(shop.url).port);
  let isRunning = true;
  const link = await startLink(port);
  const channel = {
    ...{ name: "shop", kind: "webhook", url: `http://127.0.0.1:${link.port}/levels`, secret: { env: "SHOP_SECRET" } },
    ...{ allowPrivateAddresses: true, facilities: "*", products: { idType: "SKU" } },
  };
  await writeFile(join(dataDir, "channels.json"), JSON.stringify({ channels: [channel] }));
  const kill = async () => {
    if (!isRunning) return;
    isRunning = false;
    await shop.kill("SIGKILL");
  };
  return {
    link,
    env: { SHOP_SECRET: secret },
    kill,
    ensure: async () => {
      link.heal();
      if (!isRunning) shop = await startShop("webhook-receiver", settings, port);
      isRunning = true;
      await shop.control("manners", {});
    },
    dropAnswers: async () => void (await shop.control("manners", { dropsAnswers: true })),
    levels: () => shop.control("levels"),
    close: async () => {
      await kill();
      await link.close();
    },
  };
}
