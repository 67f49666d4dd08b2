// The kind `feed`: nothing is sent, the target asks. Beginning without a cursor it is given every level once, in the order of their keys, then what
// has changed since it began, newest values only, each at least once.
import {
  changesToTell,
  type Database,
  type LevelKey,
  type LevelValue,
  levelsOfRun,
  run,
  valuesToTell,
} from "@inventory-sync/db";
import { type ChannelSettings, facilitiesOf, outsideId, type ToldLevel, toldLevel } from "@inventory-sync/domain";
import { z } from "zod";
import { levelId, pageOfRows, time } from "./asking.ts";
import { channelOf } from "./channel-seen.ts";

const FEED_ASKED_MAX = 500;
const SCOPE_CHARACTERS = 12;

export const feedLevel = z.object({
  ...levelId,
  onHand: z.number(),
  available: z.int(),
  asOf: time.nullable(),
  updatedAt: time,
  sequence: z.int(),
});

const number = z.string().regex(/^\d{1,18}$/);
const id = z.int32().min(0);
/** Of which channel it is, by its number, and of which settings of it. */
const ofChannel = { channel: id, scope: z.string() };

/** Where a target is: `after` the changes up to a number, or still walking over all levels, with the number at which it began. */
export const feedCursor = z.union([
  z.strictObject({ ...ofChannel, after: number }),
  z.strictObject({ ...ofChannel, since: number, facility: id, product: id }),
]);
export type FeedCursor = z.infer<typeof feedCursor>;

/** Levels that a target asks for by their ids. */
export const feedAsked = z.strictObject({
  items: z
    .array(z.strictObject({ facilityId: outsideId, idType: outsideId, idValue: outsideId }))
    .min(1, "must name at least one level")
    .max(FEED_ASKED_MAX, `must name at most ${FEED_ASKED_MAX} levels`),
});

export interface FeedPart {
  readonly levels: readonly ToldLevel[];
  readonly cursor: FeedCursor;
  /** There is more at once. */
  readonly more: boolean;
}

/** A cursor that this channel has not given. */
export class ForeignCursor extends Error {
  override readonly name = "ForeignCursor";
}

/**
 * The next part of a channel's feed. One whose settings are others than when the cursor was given begins anew: it has levels that it was never
 * asked for.
 * @param limit levels looked at
 * @throws NotFound, ForeignCursor
 */
export async function readFeed(
  database: Pick<Database, "pool">,
  name: string,
  { cursor: given, limit }: { readonly cursor: FeedCursor | undefined; readonly limit: number },
): Promise<FeedPart> {
  const { pool } = database;
  const channel = await feedChannel(database, name);
  const newest = (await run<{ sequence: string }>(pool, "newest_mark"))[0]?.sequence ?? "0";
  // Of another channel, or a number that nobody was given: made up, or of a database that was put back to an earlier time.
  const isForeign = (at: FeedCursor) =>
    at.channel !== channel.id || BigInt("after" in at ? at.after : at.since) > BigInt(newest);
  if (given && isForeign(given)) throw new ForeignCursor("it is none of this channel");
  const cursor = given?.scope === channel.scope ? given : undefined;
  if (cursor !== undefined && "after" in cursor) {
    const part = await changesSince(database, channel, { after: cursor.after, limit });
    await run(pool, "note_feed", [channel.id, cursor.after, part.levels.length]);
    return part;
  }
  const since = cursor?.since ?? newest;
  const at = { atFacility: cursor?.facility ?? 0, atProduct: cursor?.product ?? 0, facility: null };
  const keys = await levelsOfRun(pool, at, { facilities: channel.facilities, limit: limit + 1 });
  const { shown, last } = pageOfRows(keys, limit);
  const levels = await levelsOf(database, channel, shown);
  await run(pool, "note_feed", [channel.id, null, levels.length]);
  const of = { channel: channel.id, scope: channel.scope };
  return { levels, cursor: { ...of, ...(last ? { since, ...last } : { after: since }) }, more: last !== undefined };
}

/** The levels that a target asks for, as they are now; those that it is not told of, and unknown ones, are left out. @throws NotFound */
export async function readFeedLevels(
  database: Pick<Database, "pool">,
  name: string,
  { items }: z.infer<typeof feedAsked>,
): Promise<ToldLevel[]> {
  const channel = await feedChannel(database, name);
  const { facilities } = channel;
  const asked = items.filter(({ facilityId }) => facilities === null || facilities.includes(facilityId));
  const columns = (["facilityId", "idType", "idValue"] as const).map((column) => asked.map((each) => each[column]));
  const keys = await run<LevelKey & Record<string, unknown>>(database.pool, "levels_of_ids", columns);
  return levelsOf(database, channel, keys);
}

type FeedChannel = Awaited<ReturnType<typeof feedChannel>>;

async function feedChannel(database: Pick<Database, "pool">, name: string) {
  const record = await channelOf(database, name);
  const settings = record.settings as Pick<ChannelSettings, "facilities" | "products" | "safetyStock">;
  const scope = record.scope.slice(0, SCOPE_CHARACTERS);
  return { id: record.id, scope, settings, facilities: facilitiesOf(settings) };
}

async function changesSince(
  database: Pick<Database, "pool">,
  channel: FeedChannel,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<FeedPart> {
  const changes = await changesToTell(database.pool, { after, facilities: channel.facilities, limit: limit + 1 });
  const shown = changes.slice(0, limit);
  const told = shown.filter(({ isTold }) => isTold);
  const levels = await levelsOf(database, channel, told);
  const of = { channel: channel.id, scope: channel.scope };
  return { levels, cursor: { ...of, after: shown.at(-1)?.sequence ?? after }, more: changes.length > limit };
}

/** A product without an id of the channel's type is nothing that the target could know. */
async function levelsOf(
  { pool }: Pick<Database, "pool">,
  { id, settings }: FeedChannel,
  keys: readonly LevelKey[],
): Promise<ToldLevel[]> {
  const values = await valuesToTell(pool, { channel: id, keys, idType: settings.products.idType });
  return values
    .filter((value): value is LevelValue & { idValue: string } => value.idValue !== null)
    .map((value) => toldLevel(value, settings));
}
