// What the shop is told: a message signed by Standard Webhooks 1.0, checked here with nothing but Node, as a shop of yours may do it.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { jsonOf } from "@inventory-sync/domain";
import { z } from "zod";

/** A message may be so much older or newer than now. */
const TOLERANCE_SECONDS = 300;

const level = z.object({
  ...{ facilityId: z.string(), idType: z.string(), idValue: z.string() },
  ...{ onHand: z.number(), available: z.number(), updatedAt: z.iso.datetime(), sequence: z.int() },
});
const message = z.object({ data: z.object({ channel: z.string(), levels: z.array(level) }) });

/** One number of the shop, with where it is from. */
export type ShopLevel = z.infer<typeof level> & { readonly channel: string };

/** The levels of a message; undefined when they are not in it. */
export function levelsIn(body: Buffer): ShopLevel[] | undefined {
  const read = message.safeParse(jsonOf(body.toString("utf8")));
  return read.data?.data.levels.map((each) => ({ ...each, channel: read.data.data.channel }));
}

/** Whether who sent this knows the secret, and sent it just now. @param secret `whsec_` and base64 */
export function isSigned(headers: IncomingHttpHeaders, body: Buffer, secret: string, now = Date.now()): boolean {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => headers[`webhook-${name}`]);
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof signatures !== "string") return false;
  if (!(Math.abs(now / 1_000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(" ").some((each) => {
    const given = Buffer.from(each.startsWith("v1,") ? each.slice("v1,".length) : "", "base64");
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
