// Events that come under a name that was merged (a store's, or a product's): they count under the other one, and it is noted which
// lines those were, so that an undoing can give them back. Costs nothing while no name is merged.
import type { StockEvent } from "@inventory-sync/domain";
import { ConcurrentChange } from "../errors.ts";
import { type Queryable, run } from "../statements.ts";
import { plainArray, textArray } from "./array-literals.ts";

/** A facility as `lock_facilities.sql` found it. */
export interface LockedFacility {
  /** facility.id under which it counts. */
  readonly id: number;
  /** Its own; another one where it was merged. */
  readonly named_id: number;
  readonly granted: boolean;
  readonly has_merged_products: boolean;
  /** Some of its movements are in files. */
  readonly is_archived: boolean;
}

interface Batch {
  readonly events: readonly StockEvent[];
  readonly outcomes: readonly (readonly unknown[])[];
}

/** The merged names of one batch. */
export class NamedLines {
  readonly #names = new Map<string, string>();
  readonly #facilities: ReadonlyMap<string, LockedFacility>;
  readonly #hasMergedStores: boolean;
  readonly #hasMerged: boolean;

  constructor(facilities: ReadonlyMap<string, LockedFacility>) {
    const all = [...facilities.values()];
    this.#facilities = facilities;
    this.#hasMergedStores = all.some(({ id, named_id }) => id !== named_id);
    this.#hasMerged = this.#hasMergedStores || (all[0]?.has_merged_products ?? false);
  }

  /** Whether the same event stands in the batch already under another name of its facility: it is for the next one. */
  isTwin({ facilityId, eventId }: StockEvent, { id }: LockedFacility): boolean {
    if (!this.#hasMergedStores) return false;
    const key = `${id} ${eventId}`;
    const before = this.#names.get(key);
    if (before === undefined) this.#names.set(key, facilityId);
    return before !== undefined && before !== facilityId;
  }

  /**
   * Notes the lines that are new in the ledger and named something merged.
   * @throws ConcurrentChange when a merge was undone meanwhile: the batch is to be run again
   */
  async note(client: Queryable, { events, outcomes }: Batch): Promise<void> {
    if (!this.#hasMerged) return;
    const columns = { facilities: [], named: [], lines: [] } as Record<"facilities" | "named" | "lines", number[]>;
    const texts = { eventIds: [], idTypes: [], idValues: [] } as Record<"eventIds" | "idTypes" | "idValues", string[]>;
    for (const [index, event] of events.entries()) {
      const facility = this.#facilities.get(event.facilityId);
      if (!facility || (facility.id === facility.named_id && !facility.has_merged_products)) continue;
      for (const [at, { line, idType, idValue }] of linesOf(event).entries()) {
        if (!isNew(outcomes[index]?.[at])) continue;
        columns.facilities.push(facility.id);
        columns.named.push(facility.named_id);
        columns.lines.push(line);
        texts.eventIds.push(event.eventId);
        texts.idTypes.push(idType);
        texts.idValues.push(idValue);
      }
    }
    if (columns.lines.length === 0) return;
    const [row] = await run<{ stale: number }>(client, "note_merged_lines", [
      plainArray(columns.facilities),
      plainArray(columns.named),
      textArray(texts.eventIds),
      plainArray(columns.lines),
      textArray(texts.idTypes),
      textArray(texts.idValues),
    ]);
    if (row?.stale !== 0) throw new ConcurrentChange("a store of this batch was merged, or was separated, meanwhile");
  }
}

function isNew(outcome: unknown): boolean {
  return outcome === "applied" || outcome === "absorbed";
}

/** Its lines; an acknowledgement, which has none, stands as line 0. */
function linesOf({
  type,
  lines,
}: StockEvent): readonly Pick<StockEvent["lines"][number], "line" | "idType" | "idValue">[] {
  return type === "shipment-acknowledged" ? [{ line: 0, idType: "", idValue: "" }] : lines;
}
