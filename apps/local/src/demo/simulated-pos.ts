// The simulated POS: a receipt every second or so, sent to the ingest over HTTP as any POS would, with its own ids.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type DemoProduct, demoFacilities, type Shelves } from "./retailer.ts";

interface PosOptions {
  readonly ingestUrl: string;
  readonly ingestKey: string;
  readonly products: readonly DemoProduct[];
  /** Absent where no count is kept any more (a later start of a demo folder). */
  readonly shelves: Shelves | undefined;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const pauseMs = { least: 700, most: 1_300 };
const againAfterMs = 2_000;
const answerMsMax = 15_000;
const returnShare = 0.12;
const linesMax = 3;
const quantityMax = 2;
const reportEvery = 60;

/** Sells until the signal ends it. A receipt that was not taken is sent again under the same id, so that it counts once. */
export async function sell(options: PosOptions): Promise<void> {
  const { signal, say } = options;
  for (let sold = 1; !signal.aborted; sold += 1) {
    await deliver(ringUp(options), options);
    if (sold % reportEvery === 0) say(`Demo: the simulated POS has sent ${sold} receipts.`);
    await delay(between(pauseMs.least, pauseMs.most), undefined, { signal }).catch(() => undefined);
  }
}

/** The shelf changes at the moment of the sale; the ledger hears of it later. */
function ringUp({ products, shelves }: PosOptions) {
  const type = Math.random() < returnShare ? "return" : "sale";
  const facilityId = demoFacilities[between(0, demoFacilities.length - 2)] ?? "S001";
  const lines = Array.from({ length: between(1, linesMax) }, () => {
    const { sku, upca } = products[between(0, products.length - 1)] as DemoProduct;
    const quantity = between(1, quantityMax);
    shelves?.change(facilityId, sku, type === "sale" ? -quantity : quantity);
    // Some tills scan the label, others know the SKU.
    return Math.random() < 0.5 ? { sku, quantity } : { idType: "UPCA", idValue: upca, quantity };
  });
  return { eventId: `demo-${randomUUID()}`, facilityId, type, occurredAt: new Date().toISOString(), lines };
}

async function deliver(receipt: object, { ingestUrl, ingestKey, signal, say }: PosOptions): Promise<void> {
  for (let refused = 0; !signal.aborted; refused += 1) {
    const answer = await fetch(`${ingestUrl}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${ingestKey}`, "content-type": "application/json" },
      body: JSON.stringify(receipt),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]),
    }).catch(() => undefined);
    const body = await answer?.text().catch(() => "");
    if (answer?.status === 202) return;
    if (answer && answer.status !== 429 && answer.status < 500)
      return say(`Demo: the ingest refused a receipt (${answer.status} ${body}).`);
    if (refused === 0 && !signal.aborted)
      say("Demo: the ingest does not take receipts at the moment; the POS keeps this one and tries again.");
    await delay(againAfterMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A whole number from `least` to `most`, both included. */
function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}
