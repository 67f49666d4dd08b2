// Telling a shop its levels. A call is done as a whole or not at all, so entries that Shopify has something against are taken out, mended
// where that can be, and the others sent again. Nothing is ever written over a number that is not the one that we put there.
import { type ChannelProblem, own } from "@inventory-sync/domain";
import { type LevelToTell, TargetFailure, type ToldFate } from "../target.ts";
import type { AdminApi } from "./admin-api.ts";
import { type LostRequests, openLostRequests } from "./lost-requests.ts";
import { itemId, locationId, noLocation, readHeld } from "./read-shop.ts";
import { activate, type Complaint, type Entry, sendSet, setRequest } from "./write-shop.ts";

/** So many sendings a call; what is left then is tried in halves. */
const ROUNDS_MAX = 8;
/** So often a number that others keep changing is read anew. */
const STALE_TRIES_MAX = 3;

const fateCodes: Readonly<Record<string, ChannelProblem>> = {
  INVALID_INVENTORY_ITEM: "UNMAPPED_PRODUCT",
  INVALID_LOCATION: "UNMAPPED_FACILITY",
  NON_MUTABLE_INVENTORY_ITEM: "BUNDLE",
  NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR: "DUPLICATE_TARGET",
};

/** Shopify says it where the number is not the one that an entry names; 2026-01 has the older name too. */
const STALE = new Set(["CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"]);
/** The key is used up, nothing is done: the next round has another one. */
const NEW_KEY = new Set(["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]);

/** Makes what tells the levels of one shop: see Target. */
export function openTeller(
  api: AdminApi,
): (levels: readonly LevelToTell[], stopping: AbortSignal) => Promise<ToldFate[]> {
  const lost = openLostRequests(api);
  return async (levels, stopping) => {
    await lost.settle(stopping);
    const work: Work = { api, lost, stopping, fates: new Array(levels.length), activated: new Set() };
    let pending = levels.flatMap((level, at) => candidateOf(work, level, at));
    for (let round = 0; pending.length > 0; round += 1) {
      if (round === ROUNDS_MAX)
        throw new TargetFailure("refused", `Shopify still refuses the call after ${ROUNDS_MAX} sendings`);
      pending = await oneSending(work, pending);
    }
    return work.fates.map((fate) => {
      if (!fate) throw new Error("a level has no fate");
      return fate;
    });
  };
}

interface Work {
  readonly api: AdminApi;
  readonly lost: LostRequests;
  readonly stopping: AbortSignal;
  readonly fates: (ToldFate | undefined)[];
  readonly activated: Set<number>;
}

/** A level that is still to be told; `at` is its place among the levels. */
interface Candidate {
  readonly at: number;
  readonly level: LevelToTell;
  readonly entry: Entry;
  readonly staleTries: number;
}

function candidateOf({ fates, lost }: Work, level: LevelToTell, at: number): Candidate[] {
  const [item, location] = [itemId(level.target), locationId(level.place)];
  if (item === undefined)
    fates[at] = setAside("UNMAPPED_PRODUCT", `Shopify has no inventory item for ${level.idType} ${level.idValue}.`);
  else if (location === undefined) fates[at] = setAside("UNMAPPED_FACILITY", noLocation(level.place));
  else {
    const place = { inventoryItemId: item, locationId: location };
    const changeFromQuantity = lost.known(place) ?? level.told;
    return [{ at, level, staleTries: 0, entry: { ...place, quantity: level.available, changeFromQuantity } }];
  }
  return [];
}

/** Sends candidates in one call. @returns those that are to be sent again */
async function oneSending(work: Work, pending: readonly Candidate[]): Promise<Candidate[]> {
  const request = setRequest(pending.map(({ entry }) => entry));
  const complaints = await work.lost.watch({ request, entries: pending.map(({ entry }) => entry) }, () =>
    sendSet(work.api, request, work.stopping),
  );
  if (complaints.length === 0) {
    for (const candidate of pending) confirm(work, candidate);
    return [];
  }
  const byEntry = new Map<number, Complaint>();
  for (const complaint of complaints) {
    const { at, code, message } = complaint;
    if (at !== undefined && at < pending.length) byEntry.set(at, byEntry.get(at) ?? complaint);
    else if (!NEW_KEY.has(code)) throw new TargetFailure("refused", `Shopify answered ${code}: ${message}`);
  }
  const again = pending.filter((_, at) => !byEntry.has(at));
  const stale: Candidate[] = [];
  for (const [at, complaint] of byEntry) {
    const candidate = pending[at];
    if (!candidate) continue;
    if (STALE.has(complaint.code)) stale.push(candidate);
    else if (await isMended(work, candidate, complaint)) again.push(candidate);
  }
  return [...again, ...(await settleStale(work, stale))];
}

/** Mends what can be mended, or sets the level aside. */
async function isMended(work: Work, { at, entry }: Candidate, { code, message }: Complaint): Promise<boolean> {
  if (code === "ITEM_NOT_STOCKED_AT_LOCATION") {
    const isSecond = work.activated.has(at);
    work.activated.add(at);
    const why = isSecond ? message : await activate(work.api, entry, work.stopping);
    if (why === undefined) return true;
    work.fates[at] = setAside("NOT_STOCKED", why);
  } else {
    work.fates[at] = setAside(own(fateCodes, code) ?? "REFUSED", `Shopify answered ${code}: ${message}`);
  }
  return false;
}

/** Of levels whose number is not the one that was named: read what is there. It may be right already, or ours to overwrite. */
async function settleStale(work: Work, stale: readonly Candidate[]): Promise<Candidate[]> {
  if (stale.length === 0) return [];
  const held = await readHeld(
    work.api,
    stale.map(({ level }) => level),
    work.stopping,
  );
  return stale.flatMap((candidate, index) => {
    const { at, level, entry, staleTries } = candidate;
    const there = held[index];
    if (!there || "problem" in there) {
      work.fates[at] = setAside(there?.problem ?? "REFUSED", there?.message ?? "Shopify did not say what it has.");
    } else if (there.number === entry.quantity) confirm(work, candidate);
    else if (level.mayOverwrite && staleTries < STALE_TRIES_MAX)
      return [{ ...candidate, staleTries: staleTries + 1, entry: { ...entry, changeFromQuantity: there.number } }];
    else
      work.fates[at] = setAside(
        "TARGET_CHANGED",
        `Shopify has ${there.number} on hand, it was told ${entry.changeFromQuantity}, and ${entry.quantity} is what it should have.`,
      );
    return [];
  });
}

function confirm({ fates, lost }: Work, { at, level, entry }: Candidate): void {
  lost.forget(entry);
  fates[at] = { fate: "confirmed", ...(level.target !== null && { target: level.target }) };
}

function setAside(code: Extract<ToldFate, { fate: "set-aside" }>["code"], message: string): ToldFate {
  return { fate: "set-aside", code, message };
}
