// Requests whose answers were lost: the shop may have done them, or do them yet. Before anything newer is told they are sent once more as
// they were, with their key: what is done by then is not done twice, and what is still under way cannot be done after something newer.
import { TargetFailure } from "../target.ts";
import type { AdminApi, Request } from "./admin-api.ts";
import { readHeld } from "./read-shop.ts";
import { type Complaint, type Entry, sendSet } from "./write-shop.ts";

interface Sent {
  readonly request: Request;
  readonly entries: readonly Entry[];
}

/** The lost requests of one channel in this process. */
export type LostRequests = ReturnType<typeof openLostRequests>;

type Place = Pick<Entry, "inventoryItemId" | "locationId">;

/** A request cannot be under way for longer; then it is only looked at what the shop has. */
const UNDER_WAY_MS_MAX = 600_000;
const CONCURRENT = "IDEMPOTENCY_CONCURRENT_REQUEST";
const CONCURRENT_MS = 1_000;

const keyOf = ({ inventoryItemId, locationId }: Place) => `${inventoryItemId} ${locationId}`;

/** Opens those of one channel. */
export function openLostRequests(api: AdminApi) {
  const kept: (Sent & { readonly at: number })[] = [];
  const numbers = new Map<string, number>();
  let settling: Promise<void> | undefined;
  /** What Shopify does not take now as it is was not done: it must not keep what is newer from being told. */
  const sendAgain = (request: Request, stopping: AbortSignal): Promise<Complaint[]> =>
    sendSet(api, request, stopping).catch((error: unknown) => {
      if (isOpen(error) || !(error instanceof TargetFailure)) throw error;
      return [{ code: "REFUSED", at: undefined, message: error.message }];
    });
  const settleAll = async (stopping: AbortSignal): Promise<void> => {
    for (let sent = kept[0]; sent; sent = kept[0]) {
      const isYoung = performance.now() - sent.at < UNDER_WAY_MS_MAX;
      const complaints = isYoung ? unlessUnderWay(await sendAgain(sent.request, stopping)) : [];
      // Where it was done before, by a shop that does not honour keys, it is stale now; what the shop has tells.
      const isDone = isYoung && complaints.length === 0;
      const held = isDone ? [] : await readHeld(api, sent.entries.map(levelOf), stopping);
      for (const [at, entry] of sent.entries.entries()) {
        const there = held[at];
        if (isDone || (there && "number" in there && there.number === entry.quantity))
          numbers.set(keyOf(entry), entry.quantity);
      }
      kept.shift();
    }
  };
  return {
    /** Runs a sending, and keeps the request where its outcome stays open. @throws TargetFailure */
    watch: async (sent: Sent, send: () => Promise<Complaint[]>): Promise<Complaint[]> => {
      try {
        return unlessUnderWay(await send());
      } catch (error) {
        if (isOpen(error)) kept.push({ ...sent, at: performance.now() });
        throw error;
      }
    },
    /** Finds out what became of the requests that are kept. @throws TargetFailure; they stay kept */
    settle: (stopping: AbortSignal): Promise<void> => {
      settling ??= settleAll(stopping).finally(() => {
        settling = undefined;
      });
      return settling;
    },
    /** The number that a level has in the shop by a request whose answer was lost, if that is known. */
    known: (place: Place) => numbers.get(keyOf(place)),
    /** A newer number was confirmed. */
    forget: (place: Place) => void numbers.delete(keyOf(place)),
  };
}

function unlessUnderWay(complaints: Complaint[]): Complaint[] {
  if (!complaints.some(({ code }) => code === CONCURRENT)) return complaints;
  throw new TargetFailure("throttled", "Shopify is still at the same request", { retryAfterMs: CONCURRENT_MS });
}

/** A refused request was not done; of every other failure nobody knows. */
function isOpen(error: unknown): error is TargetFailure {
  return error instanceof TargetFailure && error.kind !== "refused";
}

function levelOf({ inventoryItemId, locationId }: Entry): { target: string; place: string } {
  return { target: inventoryItemId, place: locationId };
}
