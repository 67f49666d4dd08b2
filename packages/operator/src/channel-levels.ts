// What each channel believes of one product, since when, and whether something newer waits: for the page, the API and the command line.
import { type Database, read } from "@inventory-sync/db";
import { channelProblemCodes } from "@inventory-sync/domain";
import { z } from "zod";
import { findProducts } from "./find.ts";

const time = z.iso.datetime().nullable();

/** What one channel was told of one level. */
const levelOfChannel = z.object({
  channel: z.string(),
  kind: z.string(),
  facilityId: z.string(),
  onHand: z.number(),
  /** Null when it was never told, or asks by itself (kind feed). */
  toldOnHand: z.number().nullable(),
  toldAt: time,
  /** Why it is set aside. */
  code: z.enum(channelProblemCodes).nullable(),
  message: z.string().nullable(),
  since: time,
  /** The level has changed since the channel was told last. */
  isWaiting: z.boolean(),
});
export type LevelOfChannel = z.infer<typeof levelOfChannel>;

/** A product with what the channels were told of it. */
export const productInChannels = z.object({
  idType: z.string(),
  idValue: z.string(),
  /** The name that matched, as "UPCA 0123". */
  matched: z.string(),
  levels: z.array(levelOfChannel),
});
export type ProductInChannels = z.infer<typeof productInChannels>;

const PRODUCTS_MAX = 5;
const LEVELS_MAX = 500;

/** The products that have the text as one of their ids, else the closest few, each with what the channels were told of it. */
export async function findInChannels(database: Database, text: string): Promise<ProductInChannels[]> {
  const found = await findProducts(database, { text, limit: PRODUCTS_MAX });
  const exact = found.filter(({ isExact }) => isExact);
  return Promise.all(
    (exact.length > 0 ? exact : found).map(async ({ product, idType, idValue, matched }) => ({
      ...{ idType, idValue, matched },
      levels: await read<LevelOfChannel>(database.pool, "channels_of_product", [product, LEVELS_MAX]),
    })),
  );
}
