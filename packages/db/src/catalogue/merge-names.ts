// Two names of one store, or of one product, made one: one transaction that enters the history of one under the other, sets the
// levels, and lets the name lead there from then on; and the way back. docs/adr/0017-merged-names.md says why it is done so.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Database } from "../database.ts";
import { ConcurrentChange } from "../errors.ts";
import { lockFacility } from "../locks.ts";
import { first, only, type Queryable, read, run } from "../statements.ts";

export type MergeKind = "facility" | "product";

/** Two names by facility.id or product.id: `from` leads to `into` from then on. */
export interface NamePair {
  readonly kind: MergeKind;
  readonly from: number;
  readonly into: number;
}

/** A level of the ten that change most. */
export interface MergedLevel {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
  /** On hand under each name before, and under the one afterwards. */
  readonly from: number;
  readonly into: number;
  readonly after: number;
}

export interface MergeFigures {
  /** Levels of the merged name. */
  readonly levels: number;
  readonly unitsFrom: number;
  /** On hand of the other one at those levels. */
  readonly unitsInto: number;
  readonly unitsAfter: number;
  /** Levels that take the count of the merged name, because it is newer. */
  readonly counted: number;
  /** Lines that are entered, and those left out because the same line of the same event stands under both names. */
  readonly movements: number;
  readonly twins: number;
  readonly largest: readonly MergedLevel[];
}

export interface UnmergeFigures {
  readonly levels: number;
  readonly units: number;
  /** Lines that came under the merged name meanwhile. */
  readonly given: number;
}

/** As things stand the names cannot be made one, or separated; the message says why. */
export class NotMergeable extends Error {
  override readonly name = "NotMergeable";
}

/** A store as it is asked about, by its own outside id. @returns undefined when there is none */
export async function facilitySide(on: Queryable, facilityId: string) {
  type Side = { readonly id: number; readonly facilityId: string; readonly mergedInto: string | null };
  return (await read<Side>(on, "facility_side", [facilityId]))[0];
}

/** A product by one of its names: the one whose name it was first. @returns undefined when there is none */
export async function productSide(on: Queryable, name: { readonly idType: string; readonly idValue: string }) {
  type Side = {
    readonly id: number;
    readonly idType: string;
    readonly idValue: string;
    readonly mergedInto: string | null;
  };
  return (await read<Side>(on, "product_side", [name.idType, name.idValue]))[0];
}

/** Says what a merge would change; nothing is. @throws NotMergeable */
export async function previewMergeOfNames(database: Database, pair: NamePair): Promise<MergeFigures> {
  return database.transaction(async (client) => {
    await run(client, "prepare_preview", [pair.kind === "facility" ? "off" : "on", String(PREVIEW_MS_MAX)]);
    await refuseArchived(client, pair);
    await refuseWhileRead(client, pair);
    return mergeLevels(client, { ...pair, id: randomUUID(), applies: false });
  });
}

const PREVIEW_MS_MAX = 5 * 60_000;

/**
 * Makes two names one. Sales of the stores concerned wait meanwhile, visibly and without using an attempt.
 * @returns the merge's id, and what it changed
 * @throws NotMergeable; SQLSTATE 55P03 when a lock could not be had in time: nothing was changed then
 */
export async function mergeNames(
  database: Database,
  pair: NamePair & { readonly reason: string; readonly who: string },
  { lockWaitMsMax }: { readonly lockWaitMsMax: number },
): Promise<{ readonly id: string } & MergeFigures> {
  const id = randomUUID();
  return database.transaction(async (client) => {
    await lockNames(client, pair, lockWaitMsMax);
    await refuseUnlessSeparate(client, pair);
    await refuseArchived(client, pair);
    await refuseWhileRead(client, pair);
    const figures = await mergeLevels(client, { ...pair, id, applies: true });
    const { kind, from, into, reason, who } = pair;
    await run(client, "record_merge", [id, kind, from, into, reason, who, JSON.stringify(figures)]);
    await run(client, kind === "facility" ? "point_facility" : "point_product", [from, into]);
    await refuseBegunMeanwhile(client, pair);
    return { id, ...figures };
  });
}

/**
 * Makes two names of what had been made one. What came under the merged name meanwhile goes to it; counts of that time stay with the other.
 * @returns undefined when there is no such merge
 * @throws NotMergeable; SQLSTATE 55P03 when a lock could not be had in time: nothing was changed then
 */
export async function unmergeNames(
  database: Database,
  undo: { readonly id: string; readonly reason: string; readonly who: string },
  { lockWaitMsMax }: { readonly lockWaitMsMax: number },
): Promise<UnmergeFigures | undefined> {
  return database.transaction(async (client) => {
    const before = await first<MergeRow>(client, "read_merge", [undo.id]);
    if (!before) return undefined;
    await lockNames(client, { kind: before.kind, from: before.fromId, into: before.intoId }, lockWaitMsMax);
    const merge = await first<MergeRow>(client, "read_merge", [undo.id]);
    if (!merge) return undefined;
    const whyNot = whyNotUndone(merge);
    if (whyNot !== undefined) throw new NotMergeable(whyNot);
    const { kind, fromId, intoId, members, retiredAt } = merge;
    const pair = { kind, from: fromId, into: intoId };
    await refuseWhileRead(client, pair);
    const [figures] = await read<UnmergeFigures>(client, "unmerge_levels", [undo.id, kind, fromId, intoId, members]);
    if (!figures) throw new Error("the separating statement returned no figures");
    if (kind === "facility") await run(client, "unpoint_facility", [fromId, members, retiredAt]);
    else await run(client, "unpoint_product", [fromId, members, intoId]);
    const noted = await run(client, "record_unmerge", [undo.id, undo.who, undo.reason]);
    if (noted.length === 0) throw new ConcurrentChange("the merge was undone meanwhile");
    await refuseBegunMeanwhile(client, pair);
    return figures;
  });
}

interface MergeRow {
  readonly kind: MergeKind;
  readonly fromId: number;
  readonly intoId: number;
  readonly retiredAt: Date | null;
  readonly undoneAt: Date | null;
  readonly intoMerged: boolean;
  readonly laterKind: boolean;
  readonly shipments: boolean;
  readonly members: number[];
}

function whyNotUndone({ undoneAt, intoMerged, laterKind, shipments, kind }: MergeRow): string | undefined {
  if (undoneAt !== null) return `this was undone already, at ${undoneAt.toISOString()}`;
  if (intoMerged) return "what it was made one with has been made one with another since; undo that first";
  if (laterKind) {
    const others = kind === "facility" ? "products" : "stores";
    return `names of ${others} were made one since, over the levels of both; undo those first`;
  }
  if (!shipments) return undefined;
  return "online orders shipped under the merged name came along, and their acknowledgements could no longer find them; correct the stock with a count or an adjustment";
}

/** The locks in one order: facilities ascending, then the names of products. */
async function lockNames(client: pg.PoolClient, { kind, from, into }: NamePair, lockWaitMsMax: number): Promise<void> {
  // Of a store whole ledgers are joined; of a product its rows are sought by key, store by store.
  const plans = kind === "facility" ? "joins" : "any";
  const lock = async (facility: number) => lockFacility(client, { facility, lockWaitMsMax, plans });
  if (kind === "facility") {
    for (const facility of [from, into].sort((one, other) => one - other)) await lock(facility);
    return;
  }
  const list = async () =>
    (await run<{ id: number }>(client, "facilities_of_products", [[from, into]])).map(({ id }) => id);
  const locked = await list();
  for (const facility of locked) await lock(facility);
  await run(client, "lock_product_names");
  const now = await list();
  if (now.some((id) => !locked.includes(id))) throw new ConcurrentChange("another store has the product by now");
}

/** Somebody else may have merged one of them between the asking and the lock. */
async function refuseUnlessSeparate(client: pg.PoolClient, { kind, from, into }: NamePair): Promise<void> {
  const { merged } = await only<{ merged: number }>(client, "count_merged", [kind, [from, into]]);
  if (merged > 0) throw new NotMergeable("one of the two was made one with another meanwhile; look at them again");
}

/** A merge needs the movements themselves. */
async function refuseArchived(client: Queryable, { kind, from, into }: NamePair): Promise<void> {
  if ((await only<{ found: boolean }>(client, "has_archive", [kind, [from, into]])).found)
    throw new NotMergeable("one of the two has movements in the archive; put them back first: ops ledger restore");
}

async function refuseWhileRead(on: Queryable, { kind, from }: NamePair): Promise<void> {
  type Obstacles = { openFile: string | null; heldFile: string | null; pending: number };
  const { openFile, heldFile, pending } = await only<Obstacles>(on, "merge_obstacles", [kind, from]);
  if (openFile !== null)
    throw new NotMergeable(
      `the file ${openFile} is being read under the names as they are; try again when its reset has ended`,
    );
  if (heldFile !== null)
    throw new NotMergeable(`a held part of ${heldFile} has the name that would be merged; approve or reject it first`);
  if (pending > 0)
    throw new NotMergeable(
      `${pending} shipments of the product that would be merged are not acknowledged yet; wait for them, or merge the other way round`,
    );
}

/** The last word before the commit: no reset can have begun to read under the old names that is not seen here. */
async function refuseBegunMeanwhile(client: pg.PoolClient, pair: NamePair): Promise<void> {
  await client.query("lock table reset in share mode");
  await refuseWhileRead(client, pair);
}

async function mergeLevels(
  on: Queryable,
  { id, kind, from, into, applies }: NamePair & { readonly id: string; readonly applies: boolean },
): Promise<MergeFigures> {
  const [figures] = await read<MergeFigures>(on, "merge_levels", [id, kind, from, into, applies]);
  if (!figures) throw new Error("the merging statement returned no figures");
  return figures;
}
