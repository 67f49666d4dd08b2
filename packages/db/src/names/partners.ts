// Which of the names that were found may be one: each is sought by its keys, and what packages/domain says of the two decides.
import {
  facilityKeys,
  grouped,
  type Likeness,
  likenessOfFacilities,
  likenessOfProducts,
  type NamedKind,
  type NamePair,
  type ProductName,
} from "@inventory-sync/domain";

/** A pair as it is kept: under the numbers of its names, the smaller one first. */
export interface KeptPair {
  readonly kind: NamedKind;
  readonly low: number;
  readonly high: number;
  readonly pair: NamePair;
}

/** A store that sells and was never counted; `units` are those sold. Times are ISO in UTC. */
export interface Uncounted {
  readonly id: number;
  readonly facilityId: string;
  readonly since: string;
  readonly units: number;
}

export interface Counted {
  readonly id: number;
  readonly facilityId: string;
  readonly countedAt: string;
}

/** Two stores that may be one by their names alone. */
type Candidate = ReturnType<typeof alikeFacilities>[number];

/** Those that may be one: by their keys, so that ten thousand stores are not each held against all others. */
export function alikeFacilities(selling: readonly Uncounted[], counted: readonly Counted[]) {
  const keyed = counted.flatMap((store) => facilityKeys(store.facilityId).map((key) => ({ key, store })));
  const byKey = grouped(keyed, ({ key }) => key);
  return selling.flatMap((a) => {
    const alike = facilityKeys(a.facilityId).flatMap((key) => byKey.get(key) ?? []);
    return [...new Set(alike.map(({ store }) => store))].flatMap((b) => {
      const likeness = likenessOfFacilities(a.facilityId, b.facilityId);
      return likeness ? [{ a, b, likeness }] : [];
    });
  });
}

/** The pair that two stores are, when the second has sold nothing since. @param unitsOfB on hand there */
export function facilityPair({ a, b, likeness }: Candidate, unitsOfB: number): KeptPair {
  return kept("facility", [a.id, b.id], {
    ...{ kind: "facility", form: "apart", likeness, a: { facilityId: a.facilityId }, b: { facilityId: b.facilityId } },
    ...{ unitsOfA: a.units, since: a.since, unitsOfB, countedAt: b.countedAt, facilityId: null, facilities: 1 },
  });
}

/** A store that is counted no more, and one that is counted since, with the same counts. */
export interface Replaced extends Pick<NamePair, "unitsOfA" | "unitsOfB" | "since" | "countedAt"> {
  readonly id: number;
  readonly facilityId: string;
  readonly otherId: number;
  readonly otherFacilityId: string;
}

/** The pair that they are. */
export function replacedPair({ id, facilityId, otherId, otherFacilityId, ...about }: Replaced): KeptPair {
  return kept("facility", [id, otherId], {
    ...{ kind: "facility", form: "renamed", likeness: likenessOfFacilities(facilityId, otherFacilityId) ?? "count" },
    ...{ a: { facilityId }, b: { facilityId: otherFacilityId }, facilityId: null, facilities: 1, ...about },
  });
}

/** Pairs, each two names once: the first of them. */
export function onePerNames(pairs: readonly KeptPair[]): KeptPair[] {
  const first = new Map(pairs.toReversed().map((pair) => [`${pair.kind} ${pair.low} ${pair.high}`, pair]));
  return [...first.values()].toReversed();
}

/** A number alone is said of a store only where no surer name, and no second number, would do as well. */
export function withoutGuesses(pairs: readonly KeptPair[]): KeptPair[] {
  const names = ({ pair }: KeptPair) => [JSON.stringify(pair.a), JSON.stringify(pair.b)];
  const timesNamed = new Map<string, number>();
  for (const name of pairs.flatMap(names)) timesNamed.set(name, (timesNamed.get(name) ?? 0) + 1);
  return pairs.filter(
    (each) => each.pair.likeness !== "number" || names(each).every((name) => timesNamed.get(name) === 1),
  );
}

/** Two ids of different products, equal but for what is easily lost. */
export interface AlikeIds extends ProductName {
  readonly productId: number;
  readonly otherId: number;
  readonly otherType: string;
  readonly otherValue: string;
}

interface ReachingId extends ProductName {
  readonly productId: number;
}

/** Two products that may be one by their ids alone. */
export interface AlikePair {
  readonly one: ReachingId;
  readonly other: ReachingId;
  readonly likeness: Likeness;
}

/** Each pair of products once, by the ids that are most surely one. @param counts pairs of any ids that are counted alike */
export function alikePairs(ids: readonly AlikeIds[], counts: readonly AlikeIds[] = []): AlikePair[] {
  const pairs = new Map<string, AlikePair>();
  for (const [at, { productId, idType, idValue, ...row }] of [...ids, ...counts].entries()) {
    const one = { productId, idType, idValue };
    const other = { productId: row.otherId, idType: row.otherType, idValue: row.otherValue };
    const likeness = at < ids.length ? likenessOfProducts(one, other) : "count";
    const key = `${Math.min(productId, row.otherId)} ${Math.max(productId, row.otherId)}`;
    if (likeness && (likeness === "barcode" || !pairs.has(key))) pairs.set(key, { one, other, likeness });
  }
  return [...pairs.values()];
}

/** A pair under its numbers. */
export function kept(kind: NamedKind, [one, other]: readonly [number, number], pair: NamePair): KeptPair {
  return { kind, low: Math.min(one, other), high: Math.max(one, other), pair };
}
