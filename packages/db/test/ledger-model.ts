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
  | { readonly kind: "snapshot"; readonly minute: number; readonly counts: readonly number[] }
  | { readonly kind: "revert" };

interface InForce {
  readonly minute: number;
  readonly count: number;
}

/** A snapshot that was accepted for some product: what it replaced, by product. */
interface Accepted {
  readonly replaced: Map<number, { readonly by: InForce; readonly prior: InForce | undefined }>;
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
  for (const arrival of arrivals) {
    if (arrival.kind === "snapshot") {
      const accepted: Accepted = { replaced: new Map(), reverted: false };
      for (const [product, count] of arrival.counts.entries()) {
        const prior = inForce[product];
        if (prior && arrival.minute < prior.minute) continue;
        const by = { minute: arrival.minute, count };
        inForce[product] = by;
        accepted.replaced.set(product, { by, prior });
      }
      if (accepted.replaced.size > 0) history.push(accepted);
      continue;
    }
    if (arrival.kind === "revert") {
      const latest = history.at(-1);
      if (!latest || latest.reverted) continue;
      latest.reverted = true;
      for (const [product, { prior }] of latest.replaced) inForce[product] = prior;
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
    if (!snapshot && own.length === 0 && !history.some((each) => each.replaced.has(product))) return null;
    const counted = own.filter((movement) => {
      if (!snapshot) return true;
      if (movement.kind !== "shipment") return movement.minute > snapshot.minute;
      return !((acknowledged.get(movement.id) ?? Infinity) <= snapshot.minute);
    });
    return counted.reduce((sum, movement) => sum + sign[movement.kind] * movement.units, snapshot?.count ?? 0);
  });
}
