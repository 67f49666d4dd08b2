// Two names of one store, or of one product, made one; said beforehand what it would do, listed, and undone.
import {
  ConcurrentChange,
  type Database,
  facilitySide,
  isLockTimeout,
  type MergeFigures,
  mergeNames,
  NotMergeable,
  previewMergeOfNames,
  productSide,
  type Queryable,
  read,
  unmergeNames,
} from "@inventory-sync/db";
import {
  isIdType,
  isOutsideId,
  namedKinds,
  normalizeIdType,
  OUTSIDE_ID_WANTED,
  sentence,
} from "@inventory-sync/domain";
import { z } from "zod";
import { noteText } from "./alarms.ts";
import { levelId, type PageFound, pageOfRows, productId, time } from "./asking.ts";
import { capital, mergeWould, type NameSide, sideWords } from "./merging-words.ts";
import { NotFound, Refusal } from "./refusals.ts";

/** What a person decides waits so long for the stores' locks. */
const LOCK_WAIT_MS_MAX = 5_000;

const outsideId = z.string().trim().refine(isOutsideId, OUTSIDE_ID_WANTED);
const storeName = z.strictObject({ facilityId: outsideId });
const productName = z.strictObject({
  idType: z.string().transform(normalizeIdType).refine(isIdType, "must be ASCII characters, such as SKU or UPCA"),
  idValue: outsideId,
});
const side = z.union([storeName, productName], { error: "must be {facilityId}, or {idType, idValue}" });

/** Two names to be made one: `from` leads to `into` from then on. With `preview` it is only said what that would do. */
export const merging = z
  .strictObject({
    kind: z.enum(namedKinds),
    from: side,
    into: side,
    reason: noteText.default(""),
    preview: z.boolean().default(false),
  })
  .superRefine(({ kind, from, into, reason, preview }, context) => {
    for (const [path, each] of [["from", from] as const, ["into", into] as const])
      if ("facilityId" in each !== (kind === "facility"))
        context.addIssue({ code: "custom", path: [path], message: `must name a ${kind}` });
    if (reason === "" && !preview)
      context.addIssue({ code: "custom", path: ["reason"], message: "must say why they are one" });
  });
export type Merging = z.infer<typeof merging>;

export const undoing = z.strictObject({ reason: noteText.min(1, "must say why they are two") });

const largest = z.object({ ...levelId, from: z.number(), into: z.number(), after: z.number() });

const figures = {
  levels: z.int(),
  unitsFrom: z.number(),
  unitsInto: z.number(),
  unitsAfter: z.number(),
  counted: z.int(),
  movements: z.int(),
  twins: z.int(),
  largest: z.array(largest).readonly(),
} satisfies Record<keyof MergeFigures, z.ZodType>;

/** What a merge would do or did: figures, and sentences. `id` is null in a preview. */
export const merged = z.object({ id: z.uuid().nullable(), preview: z.boolean(), would: z.string(), ...figures });
export type Merged = z.infer<typeof merged>;

const anySide = z.union([z.object({ facilityId: z.string() }), z.object(productId)]);

/** Two names that were made one, and what became of that. */
export const mergeRecord = z.object({
  id: z.uuid(),
  kind: z.enum(namedKinds),
  from: anySide,
  into: anySide,
  reason: z.string(),
  who: z.string(),
  mergedAt: time,
  undoneAt: time.nullable(),
  undoneBy: z.string().nullable(),
  undoneBecause: z.string().nullable(),
  figures: z.object(figures),
});
export type MergeRecord = z.infer<typeof mergeRecord>;

export const unmerged = z.object({ id: z.uuid(), levels: z.int(), units: z.number(), given: z.int() });

type Names = Pick<Merging, "kind" | "from" | "into">;

/** Says what making two names one would do; nothing is changed. @throws NotFound, Refusal */
export async function previewMerge(database: Database, names: Names): Promise<Merged> {
  const pair = await found(database, names);
  const would = await inWords(() => previewMergeOfNames(database, pair));
  return { id: null, preview: true, would: mergeWould(names, would), ...would };
}

/** Makes two names one. @param who the operator @throws NotFound; Refusal when they cannot be as things stand */
export async function merge(database: Database, asked: Merging, who: string): Promise<Merged> {
  const wanted = { ...(await found(database, asked)), reason: asked.reason, who };
  const done = await inWords(() => mergeNames(database, wanted, { lockWaitMsMax: LOCK_WAIT_MS_MAX }));
  return { preview: false, would: mergeWould(asked, done), ...done };
}

/** Makes two names of what was made one. @throws NotFound; Refusal when it cannot be undone */
export async function undoMerge(
  database: Database,
  undo: { readonly id: string; readonly reason: string },
  who: string,
): Promise<z.infer<typeof unmerged>> {
  const isId = z.uuid().safeParse(undo.id).success;
  const wanted = { ...undo, who };
  const done = isId && (await inWords(() => unmergeNames(database, wanted, { lockWaitMsMax: LOCK_WAIT_MS_MAX })));
  if (!done) throw new NotFound("merge", `There is no merge ${undo.id}; the list of merges has those that there are.`);
  return { id: undo.id, ...done };
}

/** A page of what was made one, newest first. @param asked `before` is `next` of the page before */
export async function listMerges(
  database: Database,
  asked: { readonly kind?: Merging["kind"] | undefined; readonly before?: string | undefined; readonly limit: number },
): Promise<PageFound<MergeRecord, string>> {
  const values = [asked.kind ?? null, asked.before ?? null, asked.limit + 1, null];
  const rows = await read<MergeRow>(database.pool, "list_merges", values);
  const { shown, last } = pageOfRows(rows, asked.limit);
  return { items: shown.map(recordOf), next: last?.mergedAt };
}

/** What was made one with a store or a product and still is, newest first. @param asked `number` is facility.id or product.id */
export async function mergesOf(
  { pool }: { readonly pool: Queryable },
  asked: { readonly kind: Merging["kind"]; readonly number: number; readonly limit: number },
): Promise<MergeRecord[]> {
  const rows = await read<MergeRow>(pool, "list_merges", [asked.kind, null, asked.limit, asked.number]);
  return rows.map(recordOf).filter(({ undoneAt }) => undoneAt === null);
}

type MergeRow = Omit<MergeRecord, "from" | "into"> &
  Readonly<
    Record<"fromFacility" | "intoFacility" | "fromType" | "fromValue" | "intoType" | "intoValue", string | null>
  >;

function recordOf(row: MergeRow): MergeRecord {
  const { fromFacility, intoFacility, fromType, fromValue, intoType, intoValue, ...record } = row;
  const sideOf = (facilityId: string | null, idType: string | null, idValue: string | null): NameSide =>
    record.kind === "facility" ? { facilityId: facilityId ?? "" } : { idType: idType ?? "", idValue: idValue ?? "" };
  const [from, into] = [sideOf(fromFacility, fromType, fromValue), sideOf(intoFacility, intoType, intoValue)];
  return { ...record, from, into };
}

async function found(database: Database, { kind, from, into }: Names) {
  const [one, other] = [await sideOf(database, from), await sideOf(database, into)];
  if (one.mergedInto !== null)
    throw new Refusal(`${capital(sideWords(from))} has been made one with ${one.mergedInto} already. Undo that first.`);
  if (other.mergedInto !== null)
    throw new Refusal(`${capital(sideWords(into))} has been made one with ${other.mergedInto}. Name that one instead.`);
  if (one.id === other.id) throw new Refusal(`${capital(sideWords(from))} and ${sideWords(into)} are one already.`);
  return { kind, from: one.id, into: other.id };
}

async function sideOf(database: Database, name: NameSide) {
  if ("facilityId" in name) {
    const store = await facilitySide(database.pool, name.facilityId);
    if (store) return { ...store, mergedInto: store.mergedInto === null ? null : `store ${store.mergedInto}` };
    throw new NotFound("facility", `There is no store ${name.facilityId}.`);
  }
  const product = await productSide(database.pool, name);
  if (product) return product;
  throw new NotFound("product", `No product has the id ${name.idType} ${name.idValue}.`);
}

/** Does it, and turns what stands in its way into words. */
async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotMergeable)
      throw new Refusal(sentence(`Nothing was changed: ${error.message}`), { cause: error });
    if (!isLockTimeout(error) && !(error instanceof ConcurrentChange)) throw error;
    const busy = "Nothing was changed: sales or a reset of one of the stores are under way. Try again in a moment.";
    throw new Refusal(busy, { isBusy: true, cause: error });
  }
}
