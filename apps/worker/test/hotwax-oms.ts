// A simulated HotWax OMS for a test, and a channel's settings for it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { channelSettings } from "@inventory-sync/domain";
import { createLog } from "@inventory-sync/runtime";
import { startShop } from "../../../tests/shops/start-shop.ts";
import { freshFolder } from "../../../tests/support/index.ts";
import { hotwax } from "../src/channels/hotwax/hotwax.ts";
import type { Target } from "../src/channels/target.ts";

/** Of the API and of the SFTP server. */
const SECRET = "token-of-the-oms";

/** Starts it. It knows facility HC_1, which is our S1, and three products. */
export async function startOms(skus: readonly string[]) {
  const folder = await freshFolder("hotwax");
  const secret = { file: join(folder, "token") };
  const oms = await startShop("hotwax/oms", { folder, token: SECRET, password: SECRET, facilities: ["HC_1"], skus });
  type Inbox = { port: number; username: string; hostKeySha256: string; folder: string; root: string };
  const inbox = await oms.control<Inbox>("sftp");
  const log = createLog({ name: "test", settings: { level: "fatal", format: "json" } });
  const resetFile = (more: object = {}) => ({
    sftpUrl: `sftp://${inbox.username}@127.0.0.1:${inbox.port}/`,
    ...{ password: secret, hostKeySha256: inbox.hostKeySha256, folder: inbox.folder, ...more },
  });
  const read = (more: object = {}) =>
    hotwax.read(
      channelSettings.parse({
        ...{ name: "oms", kind: "hotwax", baseUrl: oms.url, token: secret, allowPrivateAddresses: true },
        ...{ facilities: { S1: "HC_1" }, products: { idType: "SKU" }, resetFile: resetFile(), ...more },
      }),
    );
  return {
    ...{ control: oms.control, url: oms.url, kill: oms.kill, resetFile, read },
    /** The folder on disk from which it takes reset files. */
    incoming: join(inbox.root, inbox.folder),
    /** A target of the kind for it, with other settings where they are given. */
    open: (more?: object): Target => {
      const reading = read(more);
      if ("faults" in reading) throw new Error(JSON.stringify(reading.faults));
      return reading.open({ log });
    },
    /** Begins anew: nothing in stock, no faults, the first token. */
    clear: async (): Promise<void> => {
      await writeFile(secret.file, `${SECRET}\n`);
      await oms.control("clear", {});
    },
    putToken: (token: string) => writeFile(secret.file, token),
    quantity: async (sku: string): Promise<number> => {
      const levels = await oms.control<{ idValue: string; quantity: number }[]>("levels");
      return levels.find(({ idValue }) => idValue === sku)?.quantity ?? 0;
    },
    calls: async (): Promise<number> => (await oms.control<{ calls: number }>("seen")).calls,
  };
}

export type TestOms = Awaited<ReturnType<typeof startOms>>;
