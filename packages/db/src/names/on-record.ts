// Pairs of names on record: what waits for somebody, and what somebody has said.
import type { NamedKind, NamePair } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { read, run } from "../statements.ts";
import type { UnmatchedNames } from "./look.ts";

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
