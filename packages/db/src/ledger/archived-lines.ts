// What of a batch is archived (R2): asked only where a facility of it has an archive, and then by key.
import { isDocument, ledgerDigest, type StockEvent } from "@inventory-sync/domain";
import { plainArray, type Queryable, run, textArray } from "../statements.ts";
import type { Outcome } from "./event-fates.ts";
import type { LockedFacility } from "./merged-names.ts";

interface OfFacility {
  readonly event: StockEvent;
  readonly facility: number;
}

interface Found {
  readonly isReused: boolean;
  readonly lines: ReadonlySet<number>;
}

export class ArchivedLines {
  /** facility.id of those whose archive was looked at. */
  readonly facilities: readonly number[];
  readonly #found: ReadonlyMap<StockEvent, Found>;

  private constructor(facilities: readonly number[], found: ReadonlyMap<StockEvent, Found>) {
    this.facilities = facilities;
    this.#found = found;
  }

  /** Looks for the events of facilities that have an archive. */
  static async of(
    client: Queryable,
    batch: {
      readonly facilities: ReadonlyMap<string, LockedFacility>;
      readonly placed: readonly OfFacility[];
      readonly acknowledgements: readonly OfFacility[];
    },
  ): Promise<ArchivedLines> {
    const facilities = [...batch.facilities.values()].filter((each) => each.is_archived).map(({ id }) => id);
    if (facilities.length === 0) return new ArchivedLines([], new Map());
    const asked = [...batch.placed, ...batch.acknowledgements].filter((each) => facilities.includes(each.facility));
    const rows = await run<{ ord: string; content: string; lines: number[] }>(client, "archived_lines", [
      plainArray(asked, ({ facility }) => facility),
      textArray(asked, ({ event }) => event.eventId),
    ]);
    const found = new Map<StockEvent, Found>();
    for (const { ord, content, lines } of rows) {
      const event = asked[Number(ord) - 1]?.event;
      if (event === undefined) throw new Error(`the statement answered for event ${ord} of ${asked.length}`);
      const isReused = ledgerDigest(event) !== content;
      found.set(event, { isReused, lines: new Set(lines) });
    }
    return new ArchivedLines(facilities, found);
  }

  get isFound(): boolean {
    return this.#found.size > 0;
  }

  /** The lines of an event that are archived; undefined where none is. */
  linesOf(event: StockEvent): ReadonlySet<number> | undefined {
    return this.#found.get(event)?.lines;
  }

  /** Whether the archive has the event with other content. Of a document that need not mean that it is another one. */
  isReused(event: StockEvent): boolean {
    return this.#found.get(event)?.isReused ?? false;
  }

  /** Whether the archive alone says what becomes of an event; then that is noted at its place. */
  decides(event: StockEvent, outcomes: Outcome[][], index: number): boolean {
    const found = this.#found.get(event);
    if (found === undefined) return false;
    const isWhole = event.lines.every(({ line }) => found.lines.has(line));
    if (found.isReused ? isDocument(event) : !isWhole) return false;
    const outcome = found.isReused ? "reused" : "duplicate";
    outcomes[index] = Array.from({ length: Math.max(1, event.lines.length) }, () => outcome);
    return true;
  }
}
