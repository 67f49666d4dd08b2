// What operators do to channels, and what those have set aside: pause, resync, compare, settle.
import { beginChannelRun, type ChannelRunKind, type Database, read, run } from "@inventory-sync/db";
import { type ChannelSettings, channelProblemCodes, facilitiesOf } from "@inventory-sync/domain";
import { z } from "zod";
import type { LevelOfChannel } from "./channel-levels.ts";
import { channelOf } from "./channel-seen.ts";
import { facilityPlace } from "./facilities.ts";
import { levelPlace } from "./levels.ts";
import { NotFound } from "./not-found.ts";
import { pageOfRows } from "./page.ts";
import { Refusal } from "./reset-decisions.ts";

/** A level that a channel has set aside. */
export const channelProblem = z.object({
  facilityId: z.string(),
  idType: z.string(),
  idValue: z.string(),
  code: z.enum(channelProblemCodes),
  message: z.string(),
  since: z.iso.datetime(),
  attempts: z.int(),
  onHand: z.number().nullable(),
  toldOnHand: z.number().nullable(),
  /** It is tried again soon. */
  again: z.boolean(),
});
export type ChannelProblemSeen = z.infer<typeof channelProblem>;

/** Where the next page of problems begins. */
export const problemPlace = z.object({ facility: z.int32().min(0), product: z.int32().min(0) });

/** The levels that a channel has set aside. @throws NotFound when there is no such channel */
export async function channelProblemsOf(
  database: Pick<Database, "pool">,
  name: string,
  {
    code,
    after,
    limit,
  }: {
    readonly code?: string | undefined;
    readonly after?: z.infer<typeof problemPlace> | undefined;
    readonly limit: number;
  },
) {
  const { id } = await channelOf(database, name);
  const place = [after?.facility ?? 0, after?.product ?? 0];
  type Row = ChannelProblemSeen & z.infer<typeof problemPlace>;
  const rows = await read<Row>(database.pool, "list_channel_problems", [id, code ?? null, ...place, limit + 1]);
  const { shown, last } = pageOfRows(rows, limit);
  const items = shown.map(({ facility: _, product: __, ...seen }) => seen);
  return { items, next: last && { facility: last.facility, product: last.product } };
}

/** How many levels a channel has set aside, by code. @throws NotFound */
export async function countChannelProblems(database: Pick<Database, "pool">, name: string) {
  const { id } = await channelOf(database, name);
  return read<{ code: string; levels: number; message: string; since: string }>(
    database.pool,
    "count_channel_problems",
    [id],
  );
}

/** What one channel was told of one level. */
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
  {
    kind,
    facilityId,
    who,
  }: { readonly kind: ChannelRunKind; readonly facilityId?: string | undefined; readonly who: string },
): Promise<{ id: string; already: boolean }> {
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
  const [row] = await run<{ levels: number }>(database.pool, "try_again", [
    (await channelOf(database, name)).id,
    code ?? null,
  ]);
  return row?.levels ?? 0;
}

/** One level of which it is not known whether the target took it, and what an operator found out. */
export const levelToSettle = z.strictObject({
  facilityId: z.string(),
  idType: z.string(),
  idValue: z.string(),
  outcome: z.enum(["applied", "not-applied"]),
});

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
