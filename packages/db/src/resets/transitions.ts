// The only place that writes the state of a reset or of a facility's part of it (flow 2). What may become what stands in
// domain's reset-states.ts; each statement here moves a row only from a state from which that list allows it, so that a move
// that is not in it is refused and not written. A reset's state after staging is never chosen: settleReset derives it.
import { type PartState, partMoves, type ResetState, resetMoves, statesBefore } from "@inventory-sync/domain";
import { type Queryable, run } from "../statements.ts";

/** One facility's part of a reset. */
export interface PartKey {
  readonly resetId: string;
  /** facility.id */
  readonly facility: number;
}

/** The figures of one facility reset; quantities are numeric's text. */
export interface PartFigures {
  readonly corrected: number;
  readonly stale: number;
  readonly absent: number;
  readonly borderline: number;
  readonly units_before: string;
  readonly units_after: string;
  readonly late_sales: string;
  readonly shipments: string;
  readonly unexplained: string;
}

/** Opens a part for each known facility of which rows are staged or were rejected; parts that are there already keep their state. */
export async function openParts(on: Queryable, resetId: string): Promise<void> {
  await run(on, "open_facility_resets", [resetId]);
}

/** What a move of a part may note besides the state. */
export interface PartNotes {
  readonly decidedBy?: string;
  readonly heldBecause?: string;
  readonly error?: string;
  /** How long the facility was locked. */
  readonly lockedMs?: number;
  readonly figures?: PartFigures;
}

/** A part is not in a state from which it may be moved as its worker meant to: nothing was written. */
class ImpossibleMove extends Error {
  override readonly name = "ImpossibleMove";

  constructor({ resetId, facility }: PartKey, to: PartState) {
    super(
      `the part of facility number ${facility} in reset ${resetId} cannot become ${to} from the state in which it is`,
    );
  }
}

/**
 * Moves a part.
 * @param from only from this state; from any that allows it when not given
 * @returns false, with nothing written, when it is in no state from which it may become `to`, or has ended
 */
export async function movePart(
  on: Queryable,
  part: PartKey,
  { from, to }: { readonly from?: PartState; readonly to: PartState },
  notes: PartNotes = {},
): Promise<boolean> {
  const { figures } = notes;
  const allowed = statesBefore(partMoves, to);
  const moved = await run(on, "move_part", [
    part.resetId,
    part.facility,
    to,
    from === undefined ? allowed : allowed.filter((state) => state === from),
    notes.decidedBy ?? null,
    notes.heldBecause ?? null,
    notes.error ?? null,
    notes.lockedMs ?? null,
    figures?.corrected ?? null,
    figures?.stale ?? null,
    figures?.absent ?? null,
    figures?.borderline ?? null,
    figures?.units_before ?? null,
    figures?.units_after ?? null,
    figures?.late_sales ?? null,
    figures?.shipments ?? null,
    figures?.unexplained ?? null,
  ]);
  return moved.length === 1;
}

/** Ends a part with its figures. @throws ImpossibleMove, which must end the transaction that changed the levels */
export async function endPart(
  on: Queryable,
  part: PartKey,
  to: PartState,
  notes: PartNotes & { readonly figures: PartFigures },
): Promise<void> {
  if (!(await movePart(on, part, { to }, notes))) throw new ImpossibleMove(part, to);
}

/** A facility's part of a reset as it stands. */
export interface Part {
  readonly state: PartState;
  readonly finishedAt: Date | null;
  /** How many rows were staged for it. */
  readonly rows: number;
  readonly rejected: number;
  readonly asOf: Date;
  readonly preview: boolean;
  /** The rows of the facility's newest applied reset; null before its first. */
  readonly lastRows: number | null;
}

/** Reads where a part stands and notes that it is being worked on now. @throws when there is none */
export async function beginPart(on: Queryable, part: PartKey): Promise<Pick<Part, "state" | "finishedAt" | "preview">> {
  return only(await run(on, "begin_part", [part.resetId, part.facility]), part);
}

/** Reads a part and locks its row until the transaction ends. @throws when there is none */
export async function lockPart(on: Queryable, part: PartKey): Promise<Part> {
  return only(await run<Part>(on, "read_part", [part.resetId, part.facility]), part);
}

function only<Row>(rows: readonly Row[], { resetId, facility }: PartKey): Row {
  const [row] = rows;
  if (!row) throw new Error(`reset ${resetId} has no facility number ${facility}`);
  return row;
}

/** Ends what was held of a facility before a newer count of `asOf` was applied, and drops the rows that were kept for it. */
export async function rejectHoldsBefore(on: Queryable, newer: PartKey & { readonly asOf: Date }): Promise<void> {
  const ended = await run<{ reset_id: string }>(on, "reject_holds_before", [newer.resetId, newer.facility, newer.asOf]);
  for (const { reset_id } of ended) await settleReset(on, reset_id);
}

/** What becomes known of a reset while its file is read. */
export interface ResetNotes {
  readonly sha256?: string;
  readonly asOf?: Date;
  readonly asOfFrom?: string;
  readonly rows?: number;
  readonly rejected?: number;
  readonly skipped?: number;
  readonly report?: Readonly<Record<string, unknown>>;
  /** How it ended, in words. */
  readonly outcome?: string;
  /** Where the file is, when nothing is left to be done with it. */
  readonly leftAt?: string;
}

/** Moves a reset whose file is being read. @returns false, with nothing written, when it is not being read any more */
export async function moveReset(
  on: Queryable,
  resetId: string,
  to: Exclude<ResetState, "staging" | "completed-with-holds" | "reverted">,
  notes: ResetNotes,
): Promise<boolean> {
  const from = statesBefore(resetMoves, to).filter((state) => state === "staging");
  const { sha256, asOf, asOfFrom, rows, rejected, skipped, report, outcome, leftAt } = notes;
  const noted = [sha256, asOf, asOfFrom, rows, rejected, skipped, report, outcome, leftAt].map((note) => note ?? null);
  return (await run(on, "move_reset", [resetId, to, from, ...noted])).length === 1;
}

/**
 * Lets another worker take a reset up: the watchdog found it silent, or its staged rows were lost (`restage`). Jobs of the
 * generations before find that they have nothing left to do.
 * @param reset the generation that the caller saw: of several who see the same one, one restarts it
 * @returns the new generation, or undefined when the reset has ended or was restarted meanwhile
 */
export async function restartReset(
  on: Queryable,
  reset: { readonly id: string; readonly generation: number },
  { restage }: { readonly restage: boolean },
): Promise<number | undefined> {
  const from = statesBefore(resetMoves, "staging");
  const [row] = await run<{ generation: number }>(on, "restart_reset", [reset.id, reset.generation, restage, from]);
  return row?.generation;
}

/** Where a reset stands, by its parts. */
export interface ResetStanding {
  readonly state: ResetState;
  readonly finished: boolean;
  readonly facilities: number;
  readonly applied: number;
  readonly failed: number;
  readonly held: number;
  readonly corrected: number;
}

const derivedMoves = resetMoves.map(({ from, to }) => `${from}>${to}`);

/** Derives a reset's state from its parts and writes it where it has changed. To be called in a transaction. @throws when there is none */
export async function settleReset(on: Queryable, resetId: string): Promise<ResetStanding> {
  await run(on, "lock_reset", [resetId]);
  const [row] = await run<ResetStanding>(on, "settle_reset", [resetId, derivedMoves]);
  if (!row) throw new Error(`reset ${resetId} does not exist`);
  return row;
}
