// Two names of one thing that do not meet: under the one it sells, under the other it is counted, so neither number is right. What is
// known of such a pair, and how it is said to people.
import { z } from "zod";
import { type AlarmCause, alarmCause } from "./alarms.ts";
import { likenesses, likenessWords, type ProductName } from "./likeness.ts";
import { localTime } from "./schedule.ts";
import { plural, quantityText } from "./words.ts";

/** What a name may be a name of. */
export const namedKinds = ["facility", "product"] as const;
export type NamedKind = (typeof namedKinds)[number];

/** How two names do not meet: one sells and the other is counted; or the newest count has one in place of the other. */
const pairForms = ["apart", "renamed"] as const;

/** One side of a pair: a store's id, or a product's. */
export type PairName = { readonly facilityId: string } | ProductName;

const side = z.custom<PairName>();
const time = z.iso.datetime();

/** Two names that may be one. Times are ISO in UTC. */
export const namePair = z.object({
  kind: z.enum(namedKinds),
  form: z.enum(pairForms),
  likeness: z.enum(likenesses),
  /** It sells and was never counted; of form `renamed`: the newest count no longer lists it. */
  a: side,
  /** It was counted and has sold nothing since `a` began to; of form `renamed`: it is new in the newest count. */
  b: side,
  /** Units that `a` has sold, less what came back; of form `renamed`: that it has on hand. */
  unitsOfA: z.number(),
  /** When `a` first sold; of form `renamed`: when it was last counted. */
  since: time,
  /** Units that `b` has on hand. */
  unitsOfB: z.number(),
  /** When the newest count of `b` was true. */
  countedAt: time,
  /** Of products: a store where it is so. */
  facilityId: z.string().nullable(),
  /** At how many stores it is so. */
  facilities: z.int(),
});
export type NamePair = Readonly<z.infer<typeof namePair>>;

/** "store 001", "UPCA 012345678905" */
export function pairNameText(name: PairName): string {
  return "facilityId" in name ? `store ${name.facilityId}` : `${name.idType} ${name.idValue}`;
}

/** What is the case with a pair, in one sentence with its figures. */
export function pairText(pair: NamePair, timeZone: string): string {
  const { kind, form, a, b, unitsOfA, unitsOfB, since, countedAt } = pair;
  const [one, other] = [pairNameText(a), pairNameText(b)];
  const [from, counted] = [localTime(new Date(since), timeZone), localTime(new Date(countedAt), timeZone)];
  const may = `They are ${likenessWords[pair.likeness]}, and may be one ${kind === "facility" ? "store" : "product"}.`;
  if (form === "renamed")
    return `${capital(one)} is missing from the newest count${at(pair)}, with ${plural(unitsOfA, "unit")} on hand since ${from}; ${other} is new in it, with ${quantityText(unitsOfB)}. ${may}`;
  const sold =
    unitsOfA < 0 ? `taken back ${plural(-unitsOfA, "unit")} more than it sold` : `sold ${plural(unitsOfA, "unit")}`;
  return `${capital(one)} has ${sold} since ${from}${at(pair)} and was never counted; ${other} was counted (${quantityText(unitsOfB)} on hand, ${counted}) and has sold nothing since then. ${may}`;
}

function at({ facilityId, facilities }: NamePair): string {
  if (facilityId === null) return "";
  return facilities > 1 ? ` at store ${facilityId} and ${facilities - 1} more` : ` at store ${facilityId}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

const TOLD_MAX = 3;

/** Names that do not meet, of stores or of products. @param pairs the most telling first, those shown among `count` @param since of the oldest of them */
export function namesApart(
  { kind, pairs, count, since }: { kind: NamedKind; pairs: readonly NamePair[]; count: number; since: Date },
  timeZone: string,
): AlarmCause {
  const things = kind === "facility" ? "stores" : "products";
  const head = count === 1 ? "" : `${plural(count, "pair")} of names may each be one ${things.slice(0, -1)}. `;
  const told = pairs.slice(0, TOLD_MAX).map((pair) => pairText(pair, timeZone));
  const more = count > told.length ? ` And ${quantityText(count - told.length)} more.` : "";
  return alarmCause("names-apart", [things], {
    since,
    size: count,
    message: `${head}${told.join(" ")}${more} Until that is settled the stock of both is wrong: look at the page Names, or \`npm run ops -- names list\`.`,
  });
}

/** Orders pairs, the most telling first: the surest likeness, then the most units. */
export function byWeight(one: NamePair, other: NamePair): number {
  const rank = ({ likeness }: NamePair) => likenesses.indexOf(likeness);
  return rank(one) - rank(other) || Math.abs(other.unitsOfA) - Math.abs(one.unitsOfA);
}
