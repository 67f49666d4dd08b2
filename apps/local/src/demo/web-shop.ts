// The demo's web shop as a start sees it: the channel that tells it stands in channels.json, which is written once and belongs to the user
// from then on. Whether there is a shop, on which port and with which secret, is what that file says.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writePrivateFile } from "@inventory-sync/runtime";
import { z } from "zod";
import { type LocalConfig, planVariable, type ShopPlan } from "../config.ts";
import type { AppProcess } from "../processes/app-process.ts";
import { keepApp } from "../processes/keep-app.ts";
import type { Supervised } from "../processes/supervise.ts";
import { freePort } from "../servers/ports.ts";

const name = "web-shop";
const host = "127.0.0.1";
const secretBytes = 32;

const channelOfShop = z.object({ name: z.literal(name), url: z.url(), secret: z.object({ file: z.string() }) });
const channelsFile = z.object({ channels: z.array(z.unknown()) });

/** Writes channels.json with the shop as its one channel, where there is none yet, and the secret of both beside it. */
export async function writeShopChannel({ dataDir, ports }: LocalConfig): Promise<void> {
  const file = join(dataDir, "channels.json");
  if (existsSync(file)) return;
  const secretFile = join(dataDir, "web-shop-secret");
  if (!existsSync(secretFile))
    await writePrivateFile(secretFile, `whsec_${randomBytes(secretBytes).toString("base64")}\n`);
  const url = `http://${host}:${ports.shop === 0 ? await freePort() : ports.shop}/levels`;
  const channel = {
    ...{ name, kind: "webhook", url, secret: { file: secretFile }, allowPrivateAddresses: true },
    ...{ mode: "live", facilities: "*", products: { idType: "SKU" } },
  };
  await writePrivateFile(file, `${JSON.stringify({ channels: [channel] }, null, 2)}\n`);
}

/** Starts the shop that channels.json names on this machine; undefined where it names none, or another start's file cannot be read. */
export async function startShop(
  { dataDir, passedOn }: LocalConfig,
  say: (line: string) => void,
): Promise<Supervised<AppProcess> | undefined> {
  const plan = planOf(dataDir);
  if (plan === undefined) return undefined;
  await mkdir(join(dataDir, name), { recursive: true });
  const env = () => ({ PATH: passedOn.PATH, [planVariable]: JSON.stringify(plan) });
  return keepApp({ name, app: "local", entry: "shop/main.js", env }, { dataDir, say });
}

function planOf(dataDir: string): ShopPlan | undefined {
  try {
    const { channels } = channelsFile.parse(JSON.parse(readFileSync(join(dataDir, "channels.json"), "utf8")));
    const channel = channels.map((each) => channelOfShop.safeParse(each).data).find((each) => each !== undefined);
    if (channel === undefined) return undefined;
    const { hostname, port } = new URL(channel.url);
    if (hostname !== host) return undefined;
    const secret = readFileSync(channel.secret.file, "utf8").trim();
    return { file: join(dataDir, name, "levels.jsonl"), secret, port: Number(port) };
  } catch {
    // The worker says in words what is wrong with the file.
    return undefined;
  }
}
