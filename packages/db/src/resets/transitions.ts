// The only place that writes the state of a reset or of a facility's part of it (flow 2). What may become what stands in
// domain's reset-states.ts; each statement here moves a row only from a state from which that list allows it, so that a move
// that is not in it is refused and not written. A reset's state after staging is never chosen: settleReset derives it.
import { type PartState, partMoves, type ResetState, resetMoves, statesBefore } from "@inventory-sync/domain";
import { asJsonb, first, type Queryable, run } from "../statements.ts";

export interface PartKey {
  readonly resetId: string;
  readonly facility: number;
}

export interface PartKeys {
  readonly resetId: string;
  readonly facilities: readonly number[];
}

/** The figures of one facility reset; quantities are numeric's text. */
export interface PartFigures {
  readonly corrected: number;
  readonly stale: number;
  readonly absent: number;
  readonly borderline: number;
  /** Products that the file lists. */
  readonly listed: number;
  /** Of the products that stay as they are. */
  readonly units_kept: string;
  readonly units_before: string;
  readonly units_after: string;
  readonly late_sales: string;
  readonly shipments: string;
  readonly unexplained: string;
}

/**
 * Opens a part for each known facility of which rows are staged or were rejected; parts that are there already keep their state.
 * @param keptAt outside ids of the facilities where a product that is not listed stays, whatever holds for the reset
 */
export async function openParts(on: Queryable, resetId: string, keptAt: readonly string[]): Promise<void> {
  await run(on, "open_facility_resets", [resetId, keptAt]);
}

/** Who approved, rejected or reverted a part, and the reason that was noted with it. */
export interface Decision {
  readonly decidedBy: string;
  readonly decidedBecause?: string | undefined;
}

export interface PartNotes extends Partial<Decision> {
  readonly heldBecause?: string;
  readonly error?: string;
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
  const allowed = statesBefore(partMoves, to).filter((state) => from === undefined || state === from);
  const values = [part.resetId, [part.facility], to, allowed, [columnsOf(notes)]];
  return (await run(on, "move_parts", values)).length === 1;
}

function columnsOf({ figures, lockedMs: locked_ms, ...notes }: PartNotes): string {
  const { decidedBy: decided_by, decidedBecause: decided_because, heldBecause: held_because, error } = notes;
  return asJsonb({ ...figures, ...{ decided_by, decided_because, held_because, error, locked_ms } });
}

export interface PartEnd extends PartNotes {
  readonly facility: number;
  readonly to: PartState;
  readonly figures: PartFigures;
}

/** Ends parts of a reset with their figures. @throws ImpossibleMove, which must end the transaction that changed the levels */
export async function endParts(on: Queryable, resetId: string, ends: readonly PartEnd[]): Promise<void> {
  for (const to of new Set(ends.map((end) => end.to))) {
    const these = ends.filter((end) => end.to === to);
    const facilities = these.map(({ facility }) => facility);
    const values = [resetId, facilities, to, statesBefore(partMoves, to), these.map(columnsOf)];
    const moved = await run<{ facility: number }>(on, "move_parts", values);
    const stuck = facilities.find((each) => !moved.some(({ facility }) => facility === each));
    if (stuck !== undefined) throw new ImpossibleMove({ resetId, facility: stuck }, to);
  }
}

export interface Part {
  readonly facility: number;
  readonly state: PartState;
  readonly finishedAt: Date | null;
  readonly rows: number;
  readonly rejected: number;
  readonly asOf: Date;
  readonly preview: boolean;
  /** It corrects rejected rows of another reset, and is no whole count. */
  readonly isRepair: boolean;
  /** What a product becomes that the file does not list, as was found when the file was read; null where it was not kept. */
  readonly absentRows: "keep" | "zero" | null;
  /** The rows of the facility's newest applied count, repairs aside; null before its first. */
  readonly lastRows: number | null;
}

/** Reads where parts stand and notes that they are being worked on now. @throws when there is none of a facility */
export async function beginParts(
  on: Queryable,
  parts: PartKeys,
): Promise<Pick<Part, "facility" | "state" | "finishedAt" | "preview">[]> {
  return all(await run<Part>(on, "begin_parts", [parts.resetId, parts.facilities]), parts);
}

/** Reads parts and locks their rows until the transaction ends. @throws when there is none of a facility */
export async function lockParts(on: Queryable, parts: PartKeys): Promise<Part[]> {
  return all(await run<Part>(on, "read_parts", [parts.resetId, parts.facilities]), parts);
}

/** `lockParts` for one. */
export async function lockPart(on: Queryable, { resetId, facility }: PartKey): Promise<Part> {
  const [part] = await lockParts(on, { resetId, facilities: [facility] });
  if (!part) throw new Error("a part was found, and is not there");
  return part;
}

function all<Row extends { readonly facility: number }>(rows: Row[], { resetId, facilities }: PartKeys): Row[] {
  const found = new Set(rows.map(({ facility }) => facility));
  const none = facilities.find((each) => !found.has(each));
  if (none !== undefined) throw new Error(`reset ${resetId} has no facility number ${none}`);
  return rows;
}

/** Ends what was held of facilities before a newer count of `asOf` was applied, and drops the rows that were kept for it. */
export async function rejectHoldsBefore(on: Queryable, newer: PartKeys & { readonly asOf: Date }): Promise<void> {
  const values = [newer.resetId, newer.facilities, newer.asOf];
  const ended = await run<{ reset_id: string }>(on, "reject_holds_before", values);
  for (const { reset_id } of ended) await settleReset(on, reset_id);
}

/** What becomes known of a reset while its file is read. */
export interface ResetNotes {
  readonly sha256?: string;
  readonly asOf?: Date;
  readonly asOfFrom?: string;
  /** The reset whose rejected rows it corrects. */
  readonly repairOf?: string | undefined;
  readonly rows?: number;
  readonly rejected?: number;
  readonly skipped?: number;
  readonly report?: Readonly<Record<string, unknown>>;
  /** What a product becomes that the file does not list (R7): of its source, else ABSENT_ROWS. */
  readonly absentRows?: "keep" | "zero" | undefined;
  readonly outcome?: string;
  /** Where the file is, when nothing is left to be done with it. */
  readonly leftAt?: string;
}

/** Moves a reset whose file is being read. @returns false, with nothing written, when it is not being read any more */
export async function moveReset(
  on: Queryable,
  resetId: string,
  to: Exclude<ResetState, "staging" | "completed-with-holds" | "reverted">,
  {
    asOf: as_of,
    asOfFrom: as_of_from,
    repairOf: repair_of,
    leftAt: archived_to,
    absentRows: absent_rows,
    ...notes
  }: ResetNotes,
): Promise<boolean> {
  const from = statesBefore(resetMoves, to).filter((state) => state === "staging");
  const columns = asJsonb({ ...notes, as_of, as_of_from, repair_of, archived_to, absent_rows });
  return (await run(on, "move_reset", [resetId, to, from, columns])).length === 1;
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
  const values = [reset.id, reset.generation, restage, from];
  return (await first<{ generation: number }>(on, "restart_reset", values))?.generation;
}

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
  const row = await first<ResetStanding>(on, "settle_reset", [resetId, derivedMoves]);
  if (!row) throw new Error(`reset ${resetId} does not exist`);
  return row;
}
