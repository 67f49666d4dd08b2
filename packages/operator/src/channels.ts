// What operators do to channels, what those have set aside, and what they believe of a product: pause, resync, compare, settle, find.
import { beginChannelRun, type ChannelRunKind, type Database, read, run } from "@inventory-sync/db";
import { type ChannelSettings, channelProblemCodes, facilitiesOf } from "@inventory-sync/domain";
import { z } from "zod";
import { levelId, only, type PageAsked, type PageFound, pageOfRows, time } from "./asking.ts";
import { channelOf } from "./channel-seen.ts";
import { facilityPlace } from "./facilities.ts";
import { findProducts, foundProduct } from "./find.ts";
import { levelPlace } from "./levels.ts";
import { NotFound, Refusal } from "./refusals.ts";

/** A level that a channel has set aside. */
export const channelProblem = z.object({
  ...levelId,
  code: z.enum(channelProblemCodes),
  message: z.string(),
  since: time,
  attempts: z.int(),
  onHand: z.number().nullable(),
  toldOnHand: z.number().nullable(),
  /** It is tried again soon. */
  again: z.boolean(),
});
export type ChannelProblemSeen = z.infer<typeof channelProblem>;

export const problemPlace = z.object({ facility: z.int32().min(0), product: z.int32().min(0) });
type ProblemPlace = z.infer<typeof problemPlace>;

/** The levels that a channel has set aside. @throws NotFound when there is no such channel */
export async function channelProblemsOf(
  database: Pick<Database, "pool">,
  name: string,
  { code, after, limit }: PageAsked<ProblemPlace> & { readonly code?: string | undefined },
): Promise<PageFound<ChannelProblemSeen, ProblemPlace>> {
  const { id } = await channelOf(database, name);
  const values = [id, code ?? null, after?.facility ?? 0, after?.product ?? 0, limit + 1];
  const rows = await read<ChannelProblemSeen & ProblemPlace>(database.pool, "list_channel_problems", values);
  const { shown, last } = pageOfRows(rows, limit);
  return { items: shown.map((row) => only(channelProblem, row)), next: last && only(problemPlace, last) };
}

/** How many levels a channel has set aside, by code. @throws NotFound */
export async function countChannelProblems(database: Pick<Database, "pool">, name: string) {
  const { id } = await channelOf(database, name);
  type Row = Readonly<Record<"code" | "message" | "since", string>> & { readonly levels: number };
  return read<Row>(database.pool, "count_channel_problems", [id]);
}

const levelOfChannel = z.object({
  channel: z.string(),
  kind: z.string(),
  facilityId: z.string(),
  onHand: z.number(),
  /** Null when it was never told, or asks by itself (kind feed). */
  toldOnHand: z.number().nullable(),
  toldAt: time.nullable(),
  /** Why it is set aside. */
  code: z.enum(channelProblemCodes).nullable(),
  message: z.string().nullable(),
  since: time.nullable(),
  /** The level has changed since the channel was told last. */
  isWaiting: z.boolean(),
});
export type LevelOfChannel = z.infer<typeof levelOfChannel>;

export const productInChannels = foundProduct
  .pick({ idType: true, idValue: true, matched: true })
  .extend({ levels: z.array(levelOfChannel) });
export type ProductInChannels = z.infer<typeof productInChannels>;

const PRODUCTS_MAX = 5;
const LEVELS_MAX = 500;

/** The products that have the text as one of their ids, else the closest few, each with what the channels were told of it. */
export async function findInChannels(database: Database, text: string): Promise<ProductInChannels[]> {
  const found = await findProducts(database, { text, limit: PRODUCTS_MAX });
  const exact = found.filter(({ isExact }) => isExact);
  return Promise.all(
    (exact.length > 0 ? exact : found).map(async ({ product, isExact: _, ...names }) => ({
      ...names,
      levels: await read<LevelOfChannel>(database.pool, "channels_of_product", [product, LEVELS_MAX]),
    })),
  );
}

export type LevelInChannel = Omit<LevelOfChannel, "facilityId" | "onHand">;

/** What each channel that is told of a facility believes of one of its levels, by name. */
export async function channelsOfLevel(
  { pool }: Pick<Database, "pool">,
  { facility, product }: { readonly facility: number; readonly product: number },
): Promise<LevelInChannel[]> {
  return read(pool, "channels_of_level", [facility, product]);
}

/** Pauses a channel; one that is paused already stays so since then. @throws NotFound */
export async function pauseChannel(database: Database, name: string, who: string): Promise<void> {
  await run(database.pool, "pause_channel", [(await channelOf(database, name)).id, who]);
}

/** Lets a channel go on. @throws NotFound */
export async function resumeChannel(database: Database, name: string): Promise<void> {
  await run(database.pool, "pause_channel", [(await channelOf(database, name)).id, null]);
}

/** Begins a resync, a compare or the reading of a map, or finds the one that is under way. @throws NotFound when the channel or the facility is not known */
export async function beginRun(
  database: Database,
  name: string,
  asked: { readonly kind: ChannelRunKind; readonly facilityId?: string | undefined; readonly who: string },
): Promise<{ id: string; already: boolean }> {
  const { kind, facilityId, who } = asked;
  const record = await channelOf(database, name);
  if (record.kind === "feed") throw new Refusal(`Channel ${name} asks by itself: it begins anew without a cursor.`);
  if (kind === "compare" && !record.abilities.includes("held"))
    throw new Refusal(
      `What the target of channel ${name} has cannot be read back: a channel of kind ${record.kind} only tells, or no worker has opened it yet. A resync tells it all levels.`,
    );
  if (kind === "map" && !record.abilities.includes("items"))
    throw new Refusal(
      `Channel ${name} has no map: a channel of kind ${record.kind} is told by our ids, or no worker has opened it yet.`,
    );
  const facility =
    facilityId === undefined || kind === "map" ? null : (await facilityPlace(database, facilityId)).facility;
  const facilities = facilitiesOf(record.settings as Pick<ChannelSettings, "facilities">);
  return beginChannelRun(database.pool, { channel: record.id, kind, facility, facilities, startedBy: who });
}

/** Has what was set aside tried again. @returns how many levels @throws NotFound */
export async function tryAgain(database: Database, name: string, code?: string): Promise<number> {
  const { id } = await channelOf(database, name);
  const [row] = await run<{ levels: number }>(database.pool, "try_again", [id, code ?? null]);
  return row?.levels ?? 0;
}

/** One level of which it is not known whether the target took it, and what an operator found out. */
export const levelToSettle = z.strictObject({ ...levelId, outcome: z.enum(["applied", "not-applied"]) });

/** Settles a level of unknown outcome. @throws NotFound when there is no such channel, or no such level of unknown outcome */
export async function settleUnknown(
  database: Database,
  name: string,
  level: z.infer<typeof levelToSettle>,
): Promise<void> {
  const { id } = await channelOf(database, name);
  const { facilityId, idType, idValue, outcome } = level;
  const { product } = await levelPlace(database, { facilityId, names: [level] });
  const settled = await run(database.pool, "settle_unknown", [id, facilityId, product, outcome === "applied"]);
  if (settled.length === 0)
    throw new NotFound(
      "level",
      `Channel ${name} has no level of unknown outcome of ${idType} ${idValue} at ${facilityId}.`,
    );
}
