// Events that come under a name that was merged (a store's, or a product's): they count under the other one, and it is noted which
// lines those were, so that an undoing can give them back. Costs nothing while no name is merged.
import type { StockEvent } from "@inventory-sync/domain";
import { ConcurrentChange } from "../errors.ts";
import { columns, only, type Queryable } from "../statements.ts";

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
    const lines = events.flatMap((event, index) => {
      const facility = this.#facilities.get(event.facilityId);
      if (!facility || (facility.id === facility.named_id && !facility.has_merged_products)) return [];
      const fresh = linesOf(event).filter((_, at) => isNew(outcomes[index]?.[at]));
      return fresh.map((line) => ({
        ...line,
        eventId: event.eventId,
        facility: facility.id,
        named: facility.named_id,
      }));
    });
    if (lines.length === 0) return;
    const values = columns(lines, "facility", "named", "eventId", "line", "idType", "idValue");
    const { stale } = await only<{ stale: number }>(client, "note_merged_lines", values);
    if (stale > 0) throw new ConcurrentChange("a store of this batch was merged, or was separated, meanwhile");
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
