// Resets: how each went and how far the running ones are, facility by facility; and what of them needs attention.
import { type Database, read } from "@inventory-sync/db";
import { partStates, resetStates } from "@inventory-sync/domain";
import { z } from "zod";
import { type PageAsked, pageOfRows, time } from "./asking.ts";
import { NotFound } from "./refusals.ts";

export const facilityPartSchema = z.object({
  facilityId: z.string(),
  state: z.enum(partStates),
  rows: z.int(),
  rejected: z.int(),
  /** Products; of a held part and of a preview, those that would be. The same goes for `unitsAfter`. */
  corrected: z.int(),
  unitsBefore: z.number(),
  unitsAfter: z.number(),
  lateSales: z.number(),
  shipments: z.number(),
  unexplained: z.number(),
  stale: z.int(),
  absent: z.int(),
  borderline: z.int(),
  /** Products that the file lists; null where it was not noted: it has not been compared, or was before this was kept. */
  listed: z.int().nullable(),
  /** Units of the products that stay as they are: not listed, or counted later than this count. */
  unitsKept: z.number().nullable(),
  /** What becomes of the products that it does not list, as the source said when its file was read; null where it was not kept. */
  absentRows: z.enum(["keep", "zero"]).nullable(),
  heldBecause: z.string().nullable(),
  /** The operator who approved, rejected or reverted it, or the newer reset. */
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  /** The reason that was noted with the decision. */
  decidedBecause: z.string().nullable(),
  lockedMs: z.int().nullable(),
  /** Why it failed, in words. */
  error: z.string().nullable(),
  startedAt: time.nullable(),
  /** When it ended: applied, held, compared by a preview, failed. */
  finishedAt: time.nullable(),
});

export type FacilityPart = z.infer<typeof facilityPartSchema>;

/** Rows that name a product, at one facility and location, by several of its ids. */
const mergedRows = z.object({
  /** `agree`: they had one quantity and count once; `add`: they are added up (SNAPSHOT_DUPLICATE_IDS). */
  how: z.enum(["agree", "add"]),
  rows: z.int(),
  /** Products, each at each of its facilities. */
  products: z.int(),
  /** "S001 UPCA 111111111117: 5 and 3" */
  examples: z.array(z.string()),
});

export const resetListedSchema = z.object({
  id: z.uuid(),
  /** In whose incoming/ the file lay. */
  source: z.string(),
  file: z.string(),
  sha256: z.string().nullable(),
  asOf: time.nullable(),
  asOfFrom: z.string().nullable(),
  /** What to know, or to doubt, about how its time was read; null for nothing. */
  asOfNote: z.string().nullable(),
  /** What to know, or to doubt, about how its columns and its text were read: one sentence or two each. */
  doubts: z.array(z.string()),
  state: z.enum(resetStates),
  /** Why it failed, or what became of the file, in words. */
  outcome: z.string().nullable(),
  /** Why the file still lies in incoming/ though the reset has ended, in words; null where it does not. */
  notPutAway: z.string().nullable(),
  preview: z.boolean(),
  /** The reset whose rejected rows it corrects; null for a count of its own. */
  repairOf: z.uuid().nullable(),
  requestedBy: z.string(),
  rows: z.int(),
  rejected: z.int(),
  skipped: z.int(),
  /** Rows of one product under different ids of its; null when there were none. */
  merged: mergedRows.nullable(),
  /** Milliseconds by step. */
  timings: z.record(z.string(), z.number()),
  /** How many of its facilities' parts are in which state. */
  facilityCounts: z.partialRecord(facilityPartSchema.shape.state, z.int()),
  /** Products corrected by what is in force; of a preview, those that would be. The same goes for the units. */
  corrected: z.int(),
  unitsBefore: z.number(),
  unitsAfter: z.number(),
});

export const resetDocumentSchema = resetListedSchema.extend({ facilities: z.array(facilityPartSchema) });

export type ResetDocument = z.infer<typeof resetDocumentSchema>;

/** A reset with how far it is. */
export type Reset = z.infer<typeof resetListedSchema> & {
  /** Rises each time the reset is restarted. */
  readonly generation: number;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly facilities: number;
  readonly facilitiesDone: number;
  readonly facilitiesFailed: number;
  /** Of a preview, those that would be. */
  readonly facilitiesHeld: number;
};

/** A reset with the parts of its facilities, in the order of their outside ids. */
export type ResetWithParts = Reset & { readonly parts: readonly FacilityPart[] };

/** Where a page of resets begins: after this one, newest first. */
interface ResetPlace {
  readonly createdAt: Date | string;
  readonly id: string;
}

/** A page of resets, newest first, and where the next one begins (undefined at the end). @param page previews are among them unless it says no */
export async function listResets(
  database: Database,
  { after, limit, previews = true }: PageAsked<ResetPlace> & { readonly previews?: boolean },
): Promise<{ readonly resets: Reset[]; readonly next: ResetPlace | undefined }> {
  const values = [after?.createdAt ?? null, after?.id ?? null, limit + 1, null, previews];
  const { shown, last } = pageOfRows(await read<Reset>(database.pool, "list_resets", values), limit);
  return { resets: shown, next: last && { createdAt: last.createdAt, id: last.id } };
}

const uuid = z.uuid();

/** Whether a text can be the id of a reset. */
export function isResetId(text: string): boolean {
  return uuid.safeParse(text).success;
}

/** One reset. @throws NotFound when there is none of that id, or the text is no id */
export async function readReset(database: Database, resetId: string): Promise<Reset> {
  const values = [null, null, 1, resetId, true];
  const [reset] = isResetId(resetId) ? await read<Reset>(database.pool, "list_resets", values) : [];
  if (reset) return reset;
  const message = `There is no reset ${resetId}; the list of resets (GET /api/resets) has those that there are.`;
  throw new NotFound("reset", message);
}

/** One reset with the parts of its facilities. @param after the outside id after which to begin, `limit` parts at most @throws NotFound */
export async function readResetWithParts(
  database: Database,
  resetId: string,
  page: { readonly after?: string | undefined; readonly limit?: number } = {},
): Promise<ResetWithParts> {
  const reset = await readReset(database, resetId);
  const values = [reset.id, null, page.after ?? null, page.limit ?? null];
  return { ...reset, parts: await read<FacilityPart>(database.pool, "list_parts", values) };
}

/** One facility's part of a reset. @throws NotFound */
export async function readPartOf(database: Database, reset: Reset, facilityId: string): Promise<FacilityPart> {
  const [part] = await read<FacilityPart>(database.pool, "list_parts", [reset.id, facilityId, null, 1]);
  if (!part) throw new NotFound("facility", `Store ${facilityId} has no part in this reset.`);
  return part;
}

/** The same with the reset. @throws NotFound */
export async function readPart(
  database: Database,
  resetId: string,
  facilityId: string,
): Promise<{ readonly reset: Reset; readonly part: FacilityPart }> {
  const reset = await readReset(database, resetId);
  return { reset, part: await readPartOf(database, reset, facilityId) };
}

/** A reset as the API and `ops reset show --json` answer it. */
export function resetDocument({ parts, ...reset }: ResetWithParts): ResetDocument {
  return { ...resetListedSchema.parse(reset), facilities: [...parts] };
}

/** One facility's part of a reset that waits for an operator. */
export type Attention = Pick<FacilityPart, "facilityId" | "heldBecause" | "error" | "rows" | "rejected" | "corrected"> &
  Pick<FacilityPart, "unitsBefore" | "unitsAfter" | "listed" | "stale" | "absent" | "unitsKept" | "absentRows"> &
  Pick<Reset, "file" | "asOf"> & {
    readonly resetId: string;
    readonly state: "held" | "failed";
    readonly since: string | null;
  };

/** The parts of resets that wait for an operator, held ones first, and how many there are in all. */
export async function listAttention(
  database: Database,
  limit: number,
): Promise<{ readonly parts: readonly Attention[]; readonly total: number }> {
  const rows = await read<Attention & { total: number }>(database.pool, "list_attention", [limit]);
  return { parts: rows.map(({ total: _, ...part }) => part), total: rows[0]?.total ?? 0 };
}
