// The rules of the ledger once more, as a model that shares no code with the product: it keeps everything that was sent
// and works the level out from scratch each time.

export type Arrival =
  | {
      readonly kind: "sale" | "return" | "adjustment" | "shipment";
      readonly id: number;
      readonly minute: number;
      readonly units: number;
      readonly product: number;
    }
  | { readonly kind: "acknowledgement"; readonly id: number; readonly minute: number; readonly shipment: number }
  | {
      readonly kind: "snapshot";
      readonly minute: number;
      /** By product; null where it is not listed. A row may carry a time of its own. */
      readonly counts: readonly (Counted | null)[];
      /** ABSENT_ROWS=zero */
      readonly zeroesAbsent: boolean;
    }
  | { readonly kind: "revert" }
  /** Old movements went to files: a row older than that is stale from then on; not any more once they are back (null). */
  | { readonly kind: "archive"; readonly minute: number | null };

/** One row of a snapshot. */
export interface Counted {
  readonly count: number;
  readonly minute?: number | undefined;
}

interface InForce {
  readonly minute: number;
  readonly count: number;
}

/** A snapshot that was accepted for some product: what it replaced, by product. */
interface Accepted {
  readonly replaced: Map<number, { readonly by: InForce; readonly prior: InForce | undefined }>;
  /** The facility's newest snapshot before it, where it became that. */
  before?: { readonly newest: number | undefined };
  reverted: boolean;
}

type Movement = Extract<Arrival, { units: number }>;

const sign = { sale: -1, shipment: -1, return: 1, adjustment: 1 } as const;

/** On hand of each product after all arrivals, null where a product has no level yet. */
export function modelLevels(arrivals: readonly Arrival[], products: number): (number | null)[] {
  const movements = new Map<string, Movement>();
  const acknowledged = new Map<number, number>();
  const ids = new Set<string>();
  const inForce: (InForce | undefined)[] = Array.from({ length: products });
  const history: Accepted[] = [];
  const known = new Set<number>();
  let archivedUntil: number | null = null;
  let newest: number | undefined;
  for (const arrival of arrivals) {
    if (arrival.kind === "archive") {
      archivedUntil = arrival.minute;
      continue;
    }
    if (arrival.kind === "snapshot") {
      const accepted: Accepted = { replaced: new Map(), reverted: false };
      const hasLevel = (product: number) =>
        known.has(product) || [...movements.values()].some((movement) => movement.product === product);
      // What an older snapshot does not list is the newer one's to say.
      const isNewest = newest === undefined || newest <= arrival.minute;
      const absent = (product: number): Counted | undefined =>
        arrival.zeroesAbsent && isNewest && hasLevel(product) ? { count: 0 } : undefined;
      for (const [product, listed] of arrival.counts.entries()) {
        const row = listed ?? absent(product);
        const prior = inForce[product];
        const minute = row?.minute ?? arrival.minute;
        if (!row || (prior && minute < prior.minute) || minute < (archivedUntil ?? minute)) continue;
        const by = { minute, count: row.count };
        inForce[product] = by;
        known.add(product);
        accepted.replaced.set(product, { by, prior });
      }
      if (isNewest && accepted.replaced.size > 0) {
        accepted.before = { newest };
        newest = arrival.minute;
      }
      // One of which every row is stale is no reset to go back to, whatever became of what it does not list.
      if ([...accepted.replaced.keys()].some((product) => arrival.counts[product])) history.push(accepted);
      continue;
    }
    if (arrival.kind === "revert") {
      const latest = history.at(-1);
      if (!latest || latest.reverted) continue;
      latest.reverted = true;
      if (latest.before) newest = latest.before.newest;
      for (const [product, { by, prior }] of latest.replaced) if (inForce[product] === by) inForce[product] = prior;
      continue;
    }
    const id = `${arrival.kind} ${arrival.id}`;
    if (ids.has(id)) continue;
    ids.add(id);
    if (arrival.kind !== "acknowledgement") movements.set(id, arrival);
    else acknowledged.set(arrival.shipment, Math.min(arrival.minute, acknowledged.get(arrival.shipment) ?? Infinity));
  }
  return inForce.map((snapshot, product) => {
    const own = [...movements.values()].filter((movement) => movement.product === product);
    if (!snapshot && own.length === 0 && !known.has(product)) return null;
    const counted = own.filter((movement) => {
      if (!snapshot) return true;
      if (movement.kind !== "shipment") return movement.minute > snapshot.minute;
      return !((acknowledged.get(movement.id) ?? Infinity) <= snapshot.minute);
    });
    return counted.reduce((sum, movement) => sum + sign[movement.kind] * movement.units, snapshot?.count ?? 0);
  });
}
