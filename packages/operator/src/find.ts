// What people look for: levels of one facility by product; and from any page products, facilities, events, resets and failed jobs.
import { type Database, read } from "@inventory-sync/db";
import { type Queues, queueNames } from "@inventory-sync/queue";
import { z } from "zod";
import { productId, time } from "./asking.ts";
import type { Level } from "./levels.ts";

/** Which levels of a facility: all, those below zero, those that no snapshot has counted. */
export const LEVEL_KINDS = ["all", "negative", "uncounted"] as const;

export type LevelKind = (typeof LEVEL_KINDS)[number];

/** A level that was found; `matched` is the other name of the product that matched, as "UPCA 0123". */
export type FoundLevel = Omit<Level, "facilityId"> & { readonly matched: string | null };

/** Levels of a facility whose product has the text in one of its names, the closest first; `''` finds all. */
export async function searchLevels(
  database: Database,
  asked: Readonly<Record<"facility" | "skip" | "limit", number>> & { readonly text: string; readonly kind: LevelKind },
): Promise<FoundLevel[]> {
  const { facility, text, kind, skip, limit } = asked;
  return read<FoundLevel>(database.pool, "search_levels", [facility, text.toLowerCase(), kind, skip, limit]);
}

/** A product that is found by a part of one of its names. */
export const foundProduct = z.object({
  /** product.id */
  product: z.int(),
  ...productId,
  /** The name that matched, as "UPCA 0123". */
  matched: z.string(),
  /** One of its names is what was looked for, whole. */
  isExact: z.boolean(),
});
export type FoundProduct = z.infer<typeof foundProduct>;

/** What a text finds, of each kind the closest or newest first; an empty list where nothing is found. */
export const foundSchema = z.object({
  products: z.array(foundProduct),
  facilities: z.array(z.object({ facilityId: z.string(), name: z.string().nullable(), isExact: z.boolean() })),
  /** Those whose whole id it is, a receipt's for example; several facilities may have used it. */
  events: z.array(z.object({ facilityId: z.string(), eventId: z.string(), type: z.string(), occurredAt: time })),
  resets: z.array(
    z.object({ id: z.uuid(), file: z.string(), state: z.string(), preview: z.boolean(), createdAt: time }),
  ),
  /** Among the newest failed jobs those that it is the id of, or the event of; null while the queue cannot be asked. */
  failedJobs: z
    .array(z.object({ queue: z.enum(queueNames), jobId: z.string(), name: z.string(), message: z.string() }))
    .nullable(),
});

export type Found = z.infer<typeof foundSchema>;

/** Products that have the text in one of their names, the closest first. */
export async function findProducts(
  database: Database,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<FoundProduct[]> {
  return read<FoundProduct>(database.pool, "find_products", [text.toLowerCase(), limit]);
}

const FAILED_LOOKED_MAX = 1_000;

/** Everything that a text finds. @param asked `limit` of each kind at most */
export async function find(
  servers: { readonly database: Database; readonly queues: Pick<Queues, "failedJobs" | "isConnected"> | undefined },
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<Found> {
  const { database, queues } = servers;
  const { pool } = database;
  const part = [text.toLowerCase(), limit];
  const [products, facilities, events, resets, failedJobs] = await Promise.all([
    findProducts(database, { text, limit }),
    read<Found["facilities"][number]>(pool, "find_facilities", part),
    read<Found["events"][number]>(pool, "find_events", [text, limit]),
    read<Found["resets"][number]>(pool, "find_resets", part),
    queues?.isConnected() ? findFailedJobs(queues, { text, limit }).catch(() => null) : null,
  ]);
  return { products, facilities, events, resets, failedJobs };
}

/** Failed jobs of which the text is the id, or a whole word of the name, which has facility and event. Looks at the newest thousand. */
async function findFailedJobs(
  queues: Pick<Queues, "failedJobs">,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<NonNullable<Found["failedJobs"]>> {
  const { jobs } = await queues.failedJobs({ limit: FAILED_LOOKED_MAX, lookedMax: FAILED_LOOKED_MAX });
  return jobs
    .filter(({ id, name }) => id === text || ` ${name} `.includes(` ${text} `))
    .slice(0, limit)
    .map(({ queue, id, name, message }) => ({ queue, jobId: id, name, message }));
}

/** A product's levels: at how many facilities it has ever been, with how many units in all, and the first of them. */
export interface ProductLevels {
  readonly facilities: number;
  readonly units: number;
  readonly levels: readonly Pick<Level, "facilityId" | "onHand" | "asOf" | "updatedAt">[];
}

/** A product's levels at all facilities, by facility. @param asked `product` is product.id */
export async function levelsOfProduct(
  database: Database,
  { product, limit }: { readonly product: number; readonly limit: number },
): Promise<ProductLevels> {
  type Row = ProductLevels["levels"][number] & Pick<ProductLevels, "facilities" | "units">;
  const levels = await read<Row>(database.pool, "levels_of_product", [product, limit]);
  const { facilities = 0, units = 0 } = levels[0] ?? {};
  return { facilities, units, levels };
}
