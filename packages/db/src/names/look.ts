// Looks for names that do not meet: stores and products that sell under one name and are counted under another. It reads what is stored
// already, now and then; the flows know nothing of it. Which names are alike says packages/domain. What it finds waits on record for somebody
// to say what it is.
import { byWeight, type NamedKind, type NamePair, type ProductName } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { asJsonb, first, type Queryable, read, run } from "../statements.ts";
import {
  type AlikeIds,
  alikeFacilities,
  alikePairs,
  type Counted,
  facilityPair,
  type KeptPair,
  kept,
  onePerNames,
  type Replaced,
  replacedPair,
  type Uncounted,
  withoutGuesses,
} from "./partners.ts";

/** Between two looks at least, of all workers together; a look that takes long is followed by a longer pause. */
const NAME_LOOK_MS_MIN = 60_000;
/** Products that are without their newest count, looked at at most; like ids of them; and pairs kept of each kind. */
const LONE_MAX = 50_000;
const ALIKE_MAX = 20_000;
const PAIRS_MAX = 500;
/** Levels of which the newest counts are held against each other, at most. */
const COUNTED_ALIKE_MAX = 200_000;
/** Names without a partner that are listed. */
const UNMATCHED_MAX = 100;
const WEEK_MS = 7 * 24 * 3_600_000;

/** A name that sells and is in no count, and has no likely partner. Times are ISO in UTC. */
export interface UnmatchedNames {
  readonly facilities: readonly { readonly facilityId: string; readonly since: string; readonly units: number }[];
  readonly products: readonly (ProductName & {
    readonly units: number;
    readonly facilities: number;
    readonly facilityId: string;
  })[];
  /** Of products, how many there are in all. */
  readonly productCount: number;
}

/**
 * Looks for names that do not meet and makes the pairs on record agree with what is found.
 * @param pauseMs between two looks at least
 * @returns how many pairs there are; undefined where it is not yet time for a look, and nothing was done
 */
export async function lookAtNames(
  { pool }: Pick<Database, "pool">,
  pauseMs = NAME_LOOK_MS_MIN,
): Promise<number | undefined> {
  const claimed = await first<{ lookedAt: Date }>(pool, "claim_name_look", [pauseMs]);
  if (!claimed) return undefined;
  const startedAt = performance.now();
  let unmatched: UnmatchedNames | undefined;
  try {
    const stores = await facilityPairs(pool, claimed.lookedAt);
    const replaced = await read<Replaced>(pool, "replaced_facilities", [claimed.lookedAt, PAIRS_MAX]);
    const products = await productPairs(pool, claimed.lookedAt);
    const pairs = [...stores.pairs, ...replaced.map(replacedPair), ...products];
    await run(pool, "settle_name_pairs", [asJsonb(onePerNames(pairs)), claimed.lookedAt]);
    unmatched = { facilities: stores.alone, ...(await unmatchedProducts(pool, products)) };
    return pairs.length;
  } finally {
    // Also of a look that failed: one that takes too long must not be tried again at once.
    const tookMs = Math.round(performance.now() - startedAt);
    await run(pool, "end_name_look", [tookMs, unmatched ? asJsonb(unmatched) : null]);
  }
}

async function facilityPairs(pool: Queryable, now: Date) {
  const selling = await read<Uncounted>(pool, "uncounted_facilities", [now, PAIRS_MAX]);
  if (selling.length === 0) return { pairs: [], alone: [] };
  const counted = await read<Counted>(pool, "counted_facilities");
  const candidates = alikeFacilities(selling, counted);
  const from = new Date(now.getTime() - WEEK_MS).toISOString();
  const unsold = await read<{ ord: number; units: number }>(pool, "unsold_facilities", [
    candidates.map(({ b }) => b.id),
    candidates.map(({ a }) => latest(a.since, from)),
  ]);
  const pairs = unsold.flatMap(({ ord, units }) => {
    const candidate = candidates[ord];
    return candidate ? [facilityPair(candidate, units)] : [];
  });
  const sure = withoutGuesses(pairs);
  const paired = new Set(sure.flatMap(({ low, high }) => [low, high]));
  const alone = selling.filter(({ id }) => !paired.has(id)).slice(0, UNMATCHED_MAX);
  return { pairs: sure, alone: alone.map(({ facilityId, since, units }) => ({ facilityId, since, units })) };
}

/** Of two times, both ISO in UTC to the millisecond, whose texts are in the order of time. */
function latest(one: string, other: string): string {
  return [one, other].sort()[1] ?? one;
}

interface MetPair extends Pick<NamePair, "form" | "unitsOfA" | "unitsOfB" | "since" | "countedAt" | "facilities"> {
  readonly ord: number;
  readonly isTurned: boolean;
  readonly facilityId: string;
}

async function productPairs(pool: Queryable, now: Date): Promise<KeptPair[]> {
  const ids = await read<AlikeIds>(pool, "alike_products", [LONE_MAX, ALIKE_MAX]);
  const counts = await read<AlikeIds>(pool, "products_counted_alike", [now, COUNTED_ALIKE_MAX]);
  const pairs = alikePairs(ids, counts);
  if (pairs.length === 0) return [];
  const numbers = [pairs.map(({ one }) => one.productId), pairs.map(({ other }) => other.productId)];
  const met = await read<MetPair>(pool, "product_pairs", numbers);
  // A pair that does not meet in two ways is told of once, the first way.
  const firstOf = new Map(met.toReversed().map((row) => [row.ord, row]));
  const found = [...firstOf.values()].flatMap(({ ord, isTurned, ...about }) => {
    const pair = pairs[ord];
    if (!pair || (pair.likeness === "count" && about.form !== "renamed")) return [];
    const [one, other] = [pair.one, pair.other].map(({ idType, idValue }) => ({ idType, idValue }));
    if (!one || !other) return [];
    const sides = isTurned ? { a: other, b: one } : { a: one, b: other };
    const names = { kind: "product" as const, likeness: pair.likeness, ...sides };
    return [kept("product", [pair.one.productId, pair.other.productId], { ...names, ...about })];
  });
  return found.sort((one, other) => byWeight(one.pair, other.pair)).slice(0, PAIRS_MAX);
}

async function unmatchedProducts(
  pool: Queryable,
  pairs: readonly KeptPair[],
): Promise<Pick<UnmatchedNames, "products" | "productCount">> {
  const paired = new Set(pairs.flatMap(({ pair }) => [JSON.stringify(pair.a), JSON.stringify(pair.b)]));
  type Row = UnmatchedNames["products"][number] & { readonly matching: number };
  const rows = await read<Row>(pool, "uncounted_products", [UNMATCHED_MAX]);
  const alone = rows.filter(({ idType, idValue }) => !paired.has(JSON.stringify({ idType, idValue })));
  return {
    products: alone.map(({ matching: _, ...row }) => row),
    productCount: Math.max(0, (rows[0]?.matching ?? 0) - (rows.length - alone.length)),
  };
}

/** A pair on record, and what was said of it. Times are ISO in UTC. */
export interface NamePairRow {
  readonly pair: NamePair;
  readonly firstSeen: string;
  readonly differAt: string | null;
  readonly differBy: string | null;
  readonly differBecause: string | null;
  /** How many there are in all. */
  readonly matching: number;
}

/** Pairs that wait for somebody, or that somebody has said to differ; stores first, then the surest. @param kind null: both */
export function namePairs(
  { pool }: Pick<Database, "pool">,
  wanted: { readonly kind: NamedKind | null; readonly isSaidToDiffer: boolean; readonly limit: number },
): Promise<NamePairRow[]> {
  return read(pool, "list_name_pairs", [wanted.kind, wanted.isSaidToDiffer, wanted.limit]);
}

/** When names were last looked at, ISO in UTC, and what has no partner; undefined before the first look. */
export async function nameLook({
  pool,
}: Pick<Database, "pool">): Promise<
  { readonly lookedAt: string; readonly unmatched: Partial<UnmatchedNames> } | undefined
> {
  const [row] = await read<{ lookedAt: string; unmatched: Partial<UnmatchedNames> }>(pool, "read_name_look");
  return row;
}

/** What is said of a pair: its two numbers (facility.id or product.id), who says so (null takes it back), and why. */
export interface DifferVerdict {
  readonly kind: NamedKind;
  readonly one: number;
  readonly other: number;
  readonly by: string | null;
  readonly because: string | null;
}

/** Notes that two names differ, or takes that back. Returns false where they are no pair on record, and nothing was noted. */
export async function sayNamesDiffer({ pool }: Pick<Database, "pool">, verdict: DifferVerdict): Promise<boolean> {
  const { kind, one, other, by, because } = verdict;
  return (await run(pool, "say_names_differ", [kind, one, other, by, because])).length > 0;
}
