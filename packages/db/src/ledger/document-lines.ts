// Flow 1, step 7, Prism documents: a line sold once is taken away once, also when its store changes (R2). Every other movement is known within
// its facility; of a document the lines are known over all of them, and a unique key decides which facility has a line.
import { isDocument, ledgerDigest, type StockEvent } from "@inventory-sync/domain";
import { ConcurrentChange } from "../errors.ts";
import { plainArray, type Queryable, run, textArray } from "../statements.ts";

/** An event whose facility is locked by this transaction. */
export interface Placed {
  readonly event: StockEvent;
  readonly facility: number;
  /** The event's digest, as the ledger keeps it. */
  readonly content: string;
}

/** A line of a document that another facility has. */
export interface MovedLine {
  readonly line: number;
  /** Outside id of the facility that it is booked at. */
  readonly owner: string;
}

interface ClaimRow {
  readonly wanted: number;
  readonly claimed: number;
  readonly facility: number | null;
  readonly eventId: string;
  readonly line: number;
  readonly owner: string | null;
  readonly leftOut: string | null;
}

/**
 * Makes the lines of the documents their facilities' own. What is no document is passed over, and costs nothing.
 * @returns what is special about documents of the batch; of most there is nothing
 * @throws ConcurrentChange when another transaction took a line meanwhile
 */
export async function claimDocumentLines(client: Queryable, placed: readonly Placed[]) {
  // Events of which another facility has lines, with those: they must not be applied. And lines whose products have no stock by the catalogue.
  const moved = new Map<StockEvent, MovedLine[]>();
  const leftOut = new Map<StockEvent, Set<number>>();
  const documents = placed.filter(({ event }) => isDocument(event));
  for (const round of withoutOverlaps(documents)) {
    const lines = linesOf(round);
    const rows = await run<ClaimRow>(client, "claim_document_lines", [
      plainArray(lines, ({ facility }) => facility),
      textArray(lines, ({ event }) => event.eventId),
      plainArray(lines, ({ line }) => line),
      plainArray(lines, ({ content }) => content),
      textArray(lines, ({ idType }) => idType),
      textArray(lines, ({ idValue }) => idValue),
    ]);
    const [first] = rows;
    if (first === undefined || first.claimed < first.wanted)
      throw new ConcurrentChange("a document of this batch was booked at another facility meanwhile");
    for (const { facility, eventId, line, owner } of rows) {
      const event = round.find((one) => one.facility === facility && one.event.eventId === eventId)?.event;
      if (event === undefined) continue;
      if (owner !== null) moved.set(event, [...(moved.get(event) ?? []), { line, owner }]);
      else leftOut.set(event, (leftOut.get(event) ?? new Set()).add(line));
    }
  }
  return { moved, leftOut };
}

function linesOf(placed: readonly Placed[]) {
  return placed.flatMap((each) => each.event.lines.map((line) => ({ ...each, ...line })));
}

/** Nearly always one round with all of them: a second one has what names a line of the first one's again, at another facility. */
function withoutOverlaps(documents: readonly Placed[]): (readonly Placed[])[] {
  const ids = new Set(documents.map(({ event }) => event.eventId));
  if (ids.size === documents.length) return ids.size === 0 ? [] : [documents];
  const rounds: Placed[][] = [];
  const taken: Set<string>[] = [];
  for (const each of documents) {
    const keys = each.event.lines.map(({ line }) => `${line} ${each.event.eventId}`);
    let at = 0;
    while (keys.some((key) => taken[at]?.has(key))) at += 1;
    taken[at] ??= new Set();
    rounds[at] ??= [];
    rounds[at]?.push(each);
    for (const key of keys) taken[at]?.add(key);
  }
  return rounds;
}

type BookedRow = { facility: number; eventId: string; content: string; occurredAt: Date; isSame: boolean };

/**
 * Of documents that the ledger has with another content digest, those that bear the same stock all the same, with the digest that the
 * ledger has: only their time is another, which Prism may write later, or the names of their products.
 */
export async function sameDocuments(client: Queryable, doubted: readonly Placed[]): Promise<Map<StockEvent, string>> {
  const lines = linesOf(doubted);
  const rows = await run<BookedRow>(client, "booked_documents", [
    plainArray(lines, ({ facility }) => facility),
    textArray(lines, ({ event }) => event.eventId),
    plainArray(lines, ({ line }) => line),
    textArray(lines, ({ idType }) => idType),
    textArray(lines, ({ idValue }) => idValue),
    textArray(lines, ({ quantity }) => quantity),
  ]);
  const same = new Map<StockEvent, string>();
  for (const { facility, eventId, content, occurredAt, isSame } of rows) {
    const event = doubted.find((one) => one.facility === facility && one.event.eventId === eventId)?.event;
    if (event === undefined) continue;
    // Also where a product was not known when it was booked: then the digest of all of it with the time that is booked tells.
    const atBookedTime = ledgerDigest({ ...event, occurredAt: occurredAt.toISOString() });
    if (isSame || atBookedTime === content) same.set(event, content);
  }
  return same;
}
