// Flow 2, step 6: facilities of one reset are made to agree with its count, all in the caller's transaction under their locks (R8).
// One that may not be applied ends that transaction, and so it changes nothing: the guards judge by the figures of the very
// statement that has applied it.
import { type PartState, trippedGuards } from "@inventory-sync/domain";
import type pg from "pg";
import { lockFacilities } from "../locks.ts";
import type { Queryable } from "../statements.ts";
import {
  compare,
  type Figures,
  figuresOf,
  fractionedProducts,
  type ReconcileOptions,
  type ReconcileResult,
  renamedProducts,
} from "./compare.ts";
import { endParts, lockParts, type Part, type PartEnd, type PartKeys, rejectHoldsBefore } from "./transitions.ts";

/** Why a part may not be applied: a crash has taken staged rows of it, or guards trip, in words. */
export type WhyNot =
  | { readonly lost: { readonly wanted: number; readonly found: number } }
  | { readonly because: string };

/** Ends the transaction that would have applied parts that may not be: nothing may stay of any part in it. */
export class NotApplied extends Error {
  override readonly name = "NotApplied";
  /** By facility.id. */
  readonly parts: ReadonlyMap<number, WhyNot>;

  constructor(parts: ReadonlyMap<number, WhyNot>) {
    super(`parts of a reset may not be applied: facilities number ${[...parts.keys()].join(", ")}`);
    this.parts = parts;
  }
}

/** How one of several facilities ended: `busy` is one that somebody had, and that was left as it is. */
export type Applied = Extract<ReconcileResult, { ended: "applied" | "stale" | "already" }> | { readonly ended: "busy" };

/**
 * Applies facilities of one reset, by facility.id. To be called in a transaction. One alone is waited for.
 * @throws NotApplied with those of them that may not be applied; SQLSTATE 55P03 when the lock of one alone could not be had in time
 */
export async function applyParts(
  client: pg.PoolClient,
  { resetId, facilities }: PartKeys,
  options: ReconcileOptions,
): Promise<Map<number, Applied>> {
  // What follows joins whole tables: plans that go row by row would only be chosen because the rows that were just staged have
  // not been counted yet.
  const locked = await lockFacilities(client, { facilities, lockWaitMsMax: options.lockWaitMsMax, plans: "joins" });
  const lockedAt = performance.now();
  const results = new Map<number, Applied>(facilities.map((facility) => [facility, { ended: "busy" }]));
  const parts = await lockParts(client, { resetId, facilities: locked });
  const open = parts.filter(({ finishedAt }) => finishedAt === null);
  for (const { facility, finishedAt, state } of parts)
    if (finishedAt !== null) results.set(facility, { ended: "already", state });
  const [one] = open;
  if (!one) return results;
  const figures = await compareStaged(client, { resetId, parts: open, options, mode: "apply" });
  const because = await tripped(client, { resetId, parts: open, figures }, options);
  if (because.size > 0) throw new NotApplied(because);
  const ends = open.map((part): Applying => endOf(part, figuresOf(part, figures)));
  const applied = ends.filter(({ to }) => to === "applied").map(({ facility }) => facility);
  // What is held of the count that it corrects can still be right.
  if (applied.length > 0 && !one.isRepair)
    await rejectHoldsBefore(client, { resetId, facilities: applied, asOf: one.asOf });
  const lockedMs = Math.round(performance.now() - lockedAt);
  const ended = ends.map((end) => ({ ...end, lockedMs }));
  await endParts(client, resetId, ended);
  for (const { facility, to, figures: its } of ends)
    results.set(facility, { ended: to, rows: its.listed, corrected: its.corrected, lockedMs });
  return results;
}

type Applying = PartEnd & { readonly to: Extract<PartState, "applied" | "stale"> };

function endOf({ facility, asOf }: Part, figures: Figures): Applying {
  if (figures.stale !== figures.listed || figures.listed === 0) return { facility, to: "applied", figures };
  const error = archivedBy(asOf, figures);
  return { facility, to: "stale", figures, ...(error !== undefined && { error }) };
}

/** Why a count of this time is stale whatever is in force; undefined where that is not the archive's doing. */
function archivedBy(asOf: Date, { archived_until: until }: Pick<Figures, "archived_until">): string | undefined {
  if (until === null || asOf >= until) return undefined;
  return `ARCHIVED: the count is of ${asOf.toISOString()}, and what happened here until ${until.toISOString()} is in files of the archive; nothing was changed. Send a newer count, or put the files back first (ops ledger restore)`;
}

/** The reconciling statement. @throws NotApplied when it did not find as many rows as were staged: nothing may stay of it */
export async function compareStaged(
  on: Queryable,
  {
    resetId,
    parts,
    ...how
  }: { resetId: string; parts: readonly Part[]; options: ReconcileOptions; mode: "preview" | "apply" },
): Promise<Map<number, Figures>> {
  const figures = await compare(on, { resetId, parts }, how);
  const lost = parts.flatMap((part): [number, WhyNot][] => {
    const found = figuresOf(part, figures).staged;
    return found === part.rows ? [] : [[part.facility, { lost: { wanted: part.rows, found } }]];
  });
  if (lost.length > 0) throw new NotApplied(new Map(lost));
  return figures;
}

/** Which guards the figures of facilities trip, in words, by facility.id; none of one that trips none, or before its first reset. */
export async function tripped(
  on: Queryable,
  of: { readonly resetId: string; readonly parts: readonly Part[]; readonly figures: ReadonlyMap<number, Figures> },
  { guards }: Pick<ReconcileOptions, "guards">,
): Promise<Map<number, { readonly because: string }>> {
  const { resetId, figures } = of;
  const because = new Map<number, { readonly because: string }>();
  if (!guards) return because;
  const parts = of.parts.filter(({ lastRows }) => lastRows !== null);
  const compared = parts.map((part) => figuresOf(part, figures));
  const fractioned = await fractionedProducts(on, resetId, compared);
  for (const part of parts) {
    const { facility, rows, rejected, lastRows, isRepair } = part;
    const its = figuresOf(part, figures);
    const unitsBefore = Number(its.units_total);
    const words = trippedGuards(
      {
        rows,
        rejected,
        lastRows: lastRows ?? rows,
        isRepair,
        stocked: its.stocked,
        zeroed: its.zeroed,
        renamed: isRepair ? undefined : await renamedProducts(on, { resetId, facility }, { figures: its, guards }),
        fractioned: fractioned.get(facility),
        unitsBefore,
        unitsAfter: unitsBefore + Number(its.units_after) - Number(its.units_before),
      },
      guards,
    ).join("; ");
    if (words !== "") because.set(facility, { because: words });
  }
  return because;
}
