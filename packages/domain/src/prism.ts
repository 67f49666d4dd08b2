// Retail Pro Prism documents (flow 1): a document as Prism's `/v1/rest/document` gives it, turned into events of the
// ledger. What counts is what every report on Prism's data counts: completed (status 4), not held, a sale or return
// receipt, and of that its sale lines (minus) and return lines (plus).
//
// One document may mix sale and return lines; the sign never comes from its header. Each facility gets one event with
// signed lines: "return" when all its lines are returns, else "sale", in which a return line is a positive quantity.
// Two events, one of each type, would read better on the ledger, but then a document that was edited after it was sent
// could slip new lines past the rule that an id with other content changes nothing (R2).
import { EVENT_LINES_MAX, PRISM_DOCUMENT, type StockEvent, wireEvent } from "./events.ts";
import { eventIdFault } from "./ids.ts";
import { isRecord, isSet, type PrismRecord, textOf, wholeNumberOf } from "./prism-fields.ts";
import { kitsOf, type PrismCode, type PrismNote } from "./prism-kind.ts";
import { type PrismFault, type PrismLine, type PrismSettings, prismFault, readPrismLine } from "./prism-line.ts";
import { grouped } from "./values.ts";

export { type PrismCode, type PrismNote, prismCodes } from "./prism-kind.ts";
export { type PrismFault, type PrismItemField, type PrismSettings, prismItemFields } from "./prism-line.ts";
export { type PrismStoreField, prismStoreFields } from "./prism-store.ts";

/** What was made of one document. With faults nothing of it may be used. */
export type PrismReading = {
  readonly sid: string;
  readonly events: readonly StockEvent[];
  readonly ignored: readonly PrismNote[];
  /** What counts all the same, and is odd. */
  readonly odd: readonly PrismNote[];
  /** The subsidiaries of its facilities, where Prism says them. */
  readonly subsidiaries: readonly { readonly facilityId: string; readonly subsidiary: string }[];
  readonly faults: readonly PrismFault[];
};

const COMPLETED = 4;
const COUNTED_RECEIPTS = [0, 1];

/** Names that a document has in Prism's other interface, and never in this one. */
const OTHER_NAMES = [
  "receipttype",
  "docno",
  "storesid",
  "createddatetime",
  "invoiceposteddate",
  "rowversion",
  "saletotalamt",
];
const OTHER_INTERFACE =
  "is a name of Prism's /api/backoffice interface, which has others for everything; " +
  "send documents as GET /v1/rest/document/{sid}?cols=*,item.* gives them, to /v1/prism/documents";

/**
 * Reads one document. Never throws: what cannot be understood is a fault with the path of the field and how to correct it.
 * A bigint stands for an integer that a JavaScript number cannot hold: sids have 18 digits.
 * @param receivedAt when the request arrived
 */
export function fromPrism(document: unknown, settings: PrismSettings, receivedAt: Date): PrismReading {
  if (!isRecord(document)) return refused("", [prismFault([], "must be a Prism document: a JSON object")]);
  const otherName = OTHER_NAMES.find((name) => name in document);
  if (otherName !== undefined) return refused("", [prismFault([otherName], OTHER_INTERFACE)]);
  const sid = textOf(document, "sid");
  if (sid === undefined || eventIdFault(sid) !== undefined) {
    return refused("", [prismFault(["sid"], "must be the document's sid, in quotes: it is the id of the event")]);
  }
  const status = wholeNumberOf(document, "status");
  const receiptType = wholeNumberOf(document, "receipt_type");
  if (status === undefined || receiptType === undefined) {
    const missing = Object.entries({ status, receipt_type: receiptType }).filter(([, value]) => value === undefined);
    return refused(
      sid,
      missing.map(([name]) => prismFault([name], `must be a number; ask Prism for the column ${name}`)),
    );
  }
  const note = whyLeftOut(document, status, receiptType);
  if (note !== undefined) return { ...nothing(sid), ignored: [note] };
  return readItems(document, { sid, settings, receivedAt });
}

function whyLeftOut(document: PrismRecord, status: number, receiptType: number): PrismNote | undefined {
  const because = (code: PrismCode, reason: string) => ({ code, reason });
  if (status !== COMPLETED)
    return because("NOT_COMPLETED", `status is ${status}: only completed documents (${COMPLETED}) count`);
  if (isSet(document, "is_held")) return because("HELD", "the document is held");
  if (COUNTED_RECEIPTS.includes(receiptType)) return undefined;
  return because("RECEIPT_TYPE", `receipt_type is ${receiptType}: only ${COUNTED_RECEIPTS.join(" and ")} count`);
}

function readItems(
  document: PrismRecord,
  given: { sid: string; settings: PrismSettings; receivedAt: Date },
): PrismReading {
  const { sid, settings, receivedAt } = given;
  const items = document.items;
  if (!Array.isArray(items)) {
    return refused(sid, [
      prismFault(["items"], "must be the list of the document's lines; ask Prism for cols=*,item.*"),
    ]);
  }
  const kits = kitsOf(items.filter(isRecord));
  const readings = items.map((item: unknown, index) => readPrismLine(item, { document, index, settings, kits }));
  const lines = readings.flatMap((reading) => ("line" in reading ? [reading.line] : []));
  const ignored = readings.flatMap((reading) => ("ignored" in reading ? [reading.ignored] : []));
  const facilities = grouped(lines, ({ facilityId }) => facilityId);
  const occurredAt = occurredAtOf(document);
  const faults = [
    ...readings.flatMap((reading) => ("faults" in reading ? reading.faults : [])),
    ...positionsUsedTwice(lines),
    ...facilitiesWithTooManyLines(facilities),
    ...(readings.length > ignored.length && typeof occurredAt !== "string" ? [occurredAt] : []),
  ];
  if (faults.length > 0) return refused(sid, faults);
  if (typeof occurredAt !== "string" || lines.length === 0) {
    const note = { code: "NOTHING_TO_DO", reason: "no line of the document changes stock" } as const;
    return { ...nothing(sid), ignored: [...ignored, note] };
  }
  const events = [...facilities].map(
    ([facilityId, its]): StockEvent => ({
      eventId: sid,
      facilityId,
      type: its.every(({ quantity }) => !quantity.startsWith("-")) ? "return" : "sale",
      occurredAt,
      receivedAt: receivedAt.toISOString(),
      lines: its.map(({ itemPos, idType, idValue, quantity }) => ({ line: itemPos, idType, idValue, quantity })),
      reason: PRISM_DOCUMENT,
    }),
  );
  const odd = readings.flatMap((reading) => ("odd" in reading && reading.odd ? [reading.odd] : []));
  const subsidiaries = [...facilities].flatMap(([facilityId, its]) => {
    const named = new Set(its.flatMap(({ subsidiary }) => (subsidiary === undefined ? [] : [subsidiary])));
    return [...named].map((subsidiary) => ({ facilityId, subsidiary }));
  });
  return { sid, events, ignored, odd, subsidiaries, faults };
}

/** When the document was posted, else created: UTC ISO with milliseconds. Prism writes both with a zone. */
function occurredAtOf(document: PrismRecord): string | PrismFault {
  const field = textOf(document, "invoice_posted_date") === undefined ? "created_datetime" : "invoice_posted_date";
  const parsed = wireEvent.shape.occurredAt.safeParse(textOf(document, field));
  if (parsed.success) return new Date(parsed.data).toISOString();
  return prismFault([field], 'must be a date and time with a zone, such as "2021-03-22T22:35:57.000+03:00"');
}

/** A movement is known by facility, event and line, so two lines of one position would count as one (R2). */
function positionsUsedTwice(lines: readonly PrismLine[]): PrismFault[] {
  const positions = new Set<number>();
  const faults: PrismFault[] = [];
  for (const { index, itemPos } of lines) {
    if (positions.has(itemPos)) {
      faults.push(
        prismFault(["items", index, "item_pos"], `${itemPos} stands on another line of the document already`),
      );
    }
    positions.add(itemPos);
  }
  return faults;
}

function facilitiesWithTooManyLines(facilities: ReadonlyMap<string, readonly PrismLine[]>): PrismFault[] {
  return [...facilities]
    .filter(([, { length }]) => length > EVENT_LINES_MAX)
    .map(([facilityId, { length }]) =>
      prismFault(["items"], `has ${length} lines for facility ${facilityId}; at most ${EVENT_LINES_MAX} can be taken`),
    );
}

function refused(sid: string, faults: readonly PrismFault[]): PrismReading {
  return { ...nothing(sid), faults };
}

function nothing(sid: string): PrismReading {
  return { sid, events: [], ignored: [], odd: [], subsidiaries: [], faults: [] };
}
