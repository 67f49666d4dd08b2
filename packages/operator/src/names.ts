// Names that do not meet, as an operator reads them and decides: which pairs may be one store or one product, what sells and is in no
// count, and saying of a pair that the two differ. Making them one is another action.
import { type Database, type NamePairRow, nameLook, namePairs, sayNamesDiffer } from "@inventory-sync/db";
import {
  isOutsideId,
  type NamedKind,
  namedKinds,
  namePair,
  normalizeIdType,
  OUTSIDE_ID_WANTED,
  type PairName,
  pairNameText,
  pairText,
} from "@inventory-sync/domain";
import { z } from "zod";
import { noteText } from "./alarms.ts";
import { productId, time } from "./asking.ts";
import { facilityPlace } from "./facilities.ts";
import { NotFound, Refusal } from "./refusals.ts";

const id = z.string().trim().refine(isOutsideId, OUTSIDE_ID_WANTED);
/** A store's id, or one of a product's. */
const nameOfPair = z.union(
  [z.strictObject({ facilityId: id }), z.strictObject({ idType: id.transform(normalizeIdType), idValue: id })],
  { error: 'must be {"facilityId"} of a store, or {"idType", "idValue"} of a product' },
);

/** Two names that may be one, and what an operator has said of them. */
const namePairRecord = namePair.extend({
  a: nameOfPair,
  b: nameOfPair,
  /** All of it in words. */
  text: z.string(),
  firstSeen: time,
  /** Who has said that they differ. */
  differ: z.object({ at: time, by: z.string(), reason: z.string().nullable() }).nullable(),
});
export type NamePairRecord = z.infer<typeof namePairRecord>;

/** What sells, is in no count and has no likely partner: up to 100 each. */
const unmatchedNames = z.object({
  facilities: z.array(z.object({ facilityId: z.string(), since: time, units: z.number() })),
  products: z.array(z.object({ ...productId, units: z.number(), facilities: z.int(), facilityId: z.string() })),
  productCount: z.int(),
});

export const namesFound = z.object({
  items: z.array(namePairRecord),
  /** Pairs in all. */
  matching: z.int(),
  unmatched: unmatchedNames,
  /** When names were last looked at; null before the first look. */
  lookedAt: time.nullable(),
});
export type NamesFound = z.infer<typeof namesFound>;

/** Which pairs: those that wait for somebody, or those that somebody has said to differ. */
export const pairStates = ["open", "differ"] as const;

/** Reads what is known of names. @param timeZone IANA name, of the times in words */
export async function readNames(
  database: Pick<Database, "pool">,
  wanted: {
    readonly kind?: NamedKind | undefined;
    readonly state: (typeof pairStates)[number];
    readonly limit: number;
    readonly timeZone: string;
  },
): Promise<NamesFound> {
  const { kind = null, state, limit, timeZone } = wanted;
  const [rows, look] = await Promise.all([
    namePairs(database, { kind, isSaidToDiffer: state === "differ", limit }),
    nameLook(database),
  ]);
  const { facilities = [], products = [], productCount = 0 } = look?.unmatched ?? {};
  return {
    items: rows.map((row) => recordOf(row, timeZone)),
    matching: rows[0]?.matching ?? 0,
    unmatched: { facilities: [...facilities], products: [...products], productCount },
    lookedAt: look?.lookedAt ?? null,
  };
}

function recordOf({ pair, firstSeen, ...said }: NamePairRow, timeZone: string): NamePairRecord {
  const { differAt: at, differBy: by, differBecause: reason } = said;
  return {
    ...pair,
    text: pairText(pair, timeZone),
    firstSeen,
    differ: at === null ? null : { at, by: by ?? "", reason },
  };
}

/** That two names differ, with the reason; or that this is taken back. */
export const differing = z.strictObject({
  kind: z.enum(namedKinds),
  a: nameOfPair,
  b: nameOfPair,
  reason: noteText.optional(),
  /** False takes back what was said. */
  differ: z.boolean().default(true),
});
export type Differing = z.infer<typeof differing>;

/** The words of saying that two names differ, wherever it is offered. */
export const sayingDiffer = {
  what: "say that two names differ",
  target: ({ a, b }: Pick<Differing, "a" | "b">) => `${pairNameText(a)} and ${pairNameText(b)}`,
  says: "Nothing of their stock is changed. They are told of no more, until that is taken back.",
  outcome: ({ differ, reason }: Pick<Differing, "differ" | "reason">) =>
    differ ? `they differ${reason ? `: ${reason}` : ""}` : "taken back: they may be one",
} as const;

/**
 * Notes that two names differ, or takes that back. The order of the two does not matter.
 * @throws NotFound when one is not known; Refusal when they are not listed as a pair
 */
export async function sayDiffer(
  database: Database,
  { kind, a, b, reason, differ }: Differing,
  by: string,
): Promise<void> {
  const [one, other] = [await numberOf(database, kind, a), await numberOf(database, kind, b)];
  const verdict = { kind, one, other, by: differ ? by : null, because: reason || null };
  if (await sayNamesDiffer(database, verdict)) return;
  throw new Refusal(
    `${sayingDiffer.target({ a, b })} are no pair of the list, so nothing was noted. GET /api/names, the page Names and \`npm run ops -- names list\` have those that may be one.`,
  );
}

async function numberOf(database: Database, kind: NamedKind, name: PairName): Promise<number> {
  if ("facilityId" in name) {
    if (kind === "product") throw new Refusal("Of kind product, name each by idType and idValue.");
    return (await facilityPlace(database, name.facilityId)).facility;
  }
  if (kind === "facility") throw new Refusal("Of kind facility, name each by facilityId.");
  const found = await database.prisma.productIdentification.findUnique({ where: { idType_idValue: { ...name } } });
  if (!found) throw new NotFound("product", `There is no product with ${pairNameText(name)}.`);
  return found.productId;
}
