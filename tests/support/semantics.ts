// What each input ends as, on one screen: a row is an event, what the settings say about unknown names, the fate of it, and by
// how much it moves on hand. The rows of each part stand in the order in which the statement decides, so that what goes before
// what can be read off: the first that holds is the answer. packages/db/test/semantics.test.ts runs the rows against the
// statements, tests/flows/semantics.test.ts from outside.
import { PRISM_DOCUMENT, type WireEvent } from "@inventory-sync/domain";
import { event } from "./wire-events.ts";

/** What the settings say about names that are not known. */
export type Unknown = "create" | "reject" | "skip";

/** How an event ends. */
export type Ends =
  | { readonly done: Partial<Record<"applied" | "duplicate" | "absorbed" | "skipped", number>> }
  | { readonly rejected: string }
  | { readonly deferred: string };

export type Row = readonly [
  what: string,
  event: WireEvent,
  unknown: Unknown,
  ends: Ends,
  moves: Readonly<Record<string, number>>,
];

const sale = (id: string, at: string, lines: Record<string, number>, facilityId = "S001") =>
  event(id, "sale", { at, lines, facilityId });
const document = (...of: Parameters<typeof sale>) => ({ ...sale(...of), reason: PRISM_DOCUMENT });
const shipment = (id: string, at: string) => event(id, "shipment", { at, lines: { X: 1 } });
const acknowledged = (id: string, at: string, of: string) => event(id, "shipment-acknowledged", { at, of });

/**
 * What was there before: at S001 X was counted as 10 at 12:00, `early` came before that, `late` after it; W is known, and was
 * never counted; S009 is known by `before`, and a reset of it is under way. S010 was counted as S001 was, and its tills say times that are
 * two hours too early, which has been corrected before any of its sales came.
 */
export const before = {
  products: ["W"],
  first: [sale("early", "11:00", { X: 1 }), sale("before", "11:00", { X: 1 }, "S009")],
  count: { at: "12:00", counts: { X: 10 } },
  last: [sale("late", "13:00", { X: 1 })],
  corrected: { facilityId: "S010", minutes: 120 },
} as const;

const applied = { done: { applied: 1 } };
const duplicate = { done: { duplicate: 1 } };
const absorbed = { done: { absorbed: 1 } };
const locked = { deferred: "facility S009 is being reset" };
const unknownFacility = { rejected: "UNKNOWN_FACILITY" };
const unknownProduct = { rejected: "UNKNOWN_PRODUCT" };
const reused = { rejected: "EVENT_ID_REUSED" };
const moved = { rejected: "DOCUMENT_MOVED" };

/** The table. @param ahead a time that lies ahead of the clock by which events are received */
export function semantics(ahead: string): Readonly<Record<string, readonly Row[]>> {
  return {
    "an event, as a whole": [
      ["its facility is not known", sale("u1", "13:00", { X: 1 }, "NONE"), "reject", unknownFacility, {}],
      ["… before an unknown product", sale("u2", "13:00", { Q: 1 }, "NONE"), "reject", unknownFacility, {}],
      ["its facility is being reset", sale("k1", "13:00", { X: 1 }, "S009"), "reject", locked, {}],
      ["… before an id that is used again", sale("before", "11:00", { X: 7 }, "S009"), "reject", locked, {}],
      ["… before an unknown product", sale("k2", "13:00", { Q: 1 }, "S009"), "reject", locked, {}],
      ["its id has other content", sale("late", "13:00", { X: 2 }), "reject", reused, {}],
      ["… or another time", sale("late", "13:01", { X: 1 }), "reject", reused, {}],
      ["… or one line more", sale("late", "13:00", { X: 1, W: 1 }), "reject", reused, {}],
      ["… before an unknown product", sale("late", "13:00", { Q: 1 }), "reject", reused, {}],
      ["… before a time that the count has", sale("early", "10:00", { X: 1 }), "reject", reused, {}],
    ],
    "a line": [
      ["it is in the ledger already", sale("late", "13:00", { X: 1 }), "reject", duplicate, {}],
      ["… before the count that has it", sale("early", "11:00", { X: 1 }), "reject", duplicate, {}],
      ["its product is not known", sale("p1", "13:00", { Q: 1 }), "reject", unknownProduct, {}],
      ["… and the others are applied", sale("p2", "13:00", { X: 2, Q: 1 }), "reject", unknownProduct, { X: -2 }],
      ["it happened when the count was true", sale("c1", "12:00", { X: 1 }), "reject", absorbed, {}],
      ["… or before", sale("c2", "11:59", { X: 1, W: 1 }), "reject", { done: { applied: 1, absorbed: 1 } }, { W: -1 }],
      ["it happened after the count", sale("a1", "12:01", { X: 1 }), "reject", applied, { X: -1 }],
      ["its product was never counted", sale("a2", "09:00", { W: 1 }), "reject", applied, { W: -1 }],
      ["its clock is ahead: it happened when it came", sale("a3", ahead, { X: 1 }), "reject", applied, { X: -1 }],
    ],
    "a line whose product is not known, by the settings": [
      ["it is left out", sale("p3", "13:00", { X: 1, Q: 1 }), "skip", { done: { applied: 1, skipped: 1 } }, { X: -1 }],
      ["it is made", sale("p4", "13:00", { NEW: 1 }), "create", applied, { NEW: -1 }],
    ],
    "a Prism document: one owner over all facilities": [
      ["it is not booked anywhere", document("d1", "13:00", { X: 1 }), "create", applied, { X: -1 }],
      ["… under a later time: it is the same", document("d1", "13:05", { X: 1 }), "create", duplicate, {}],
      ["… with another quantity", document("d1", "13:00", { X: 2 }), "create", reused, {}],
      ["its line is booked at another facility", document("d1", "13:00", { X: 1 }, "S003"), "create", moved, {}],
      ["an event of the same id that is none", sale("d1", "13:00", { X: 1 }, "S003"), "create", applied, {}],
    ],
    "a shipment and its acknowledgement": [
      ["from before the count, not acknowledged", shipment("s1", "11:00"), "create", applied, { X: -1 }],
      ["acknowledged after the count", acknowledged("s1-ack", "13:00", "s1"), "create", applied, {}],
      ["acknowledged again", acknowledged("s1-ack", "13:00", "s1"), "create", duplicate, {}],
      ["by the same id for another", acknowledged("s1-ack", "13:00", "s2"), "create", reused, {}],
      ["acknowledged before the count, before it came", acknowledged("s3-ack", "11:30", "s3"), "create", applied, {}],
      ["… and then it comes: the count has it", shipment("s3", "11:00"), "create", absorbed, {}],
      ["not yet acknowledged", shipment("s4", "11:00"), "create", applied, { X: -1 }],
      ["… and then before the count: given back", acknowledged("s4-ack", "11:30", "s4"), "create", applied, { X: 1 }],
    ],
    "a store whose times are corrected by two hours": [
      [
        "it happened after the count, by the corrected time",
        sale("t1", "11:00", { X: 1 }, "S010"),
        "create",
        applied,
        {},
      ],
      ["… and sent again, as its till says it", sale("t1", "11:00", { X: 1 }, "S010"), "create", duplicate, {}],
      ["… with the corrected time it is other content", sale("t1", "13:00", { X: 1 }, "S010"), "create", reused, {}],
      ["it happened when the count was true", sale("t2", "10:00", { X: 1 }, "S010"), "create", absorbed, {}],
      ["or before", sale("t3", "09:59", { X: 1 }, "S010"), "create", absorbed, {}],
    ],
  };
}

/** What was there before, besides: `old` was sold at store 1, which was made one with S001 then. */
export const mergedBefore = { first: [sale("old", "13:00", { X: 1 }, "1")], from: "1", into: "S001" } as const;

/** An event of a store that was made one with another. Its level is that of S001. */
export const mergedSemantics: Readonly<Record<string, readonly Row[]>> = {
  "an event under the name of a store that was made one with another": [
    ["it was there before", sale("old", "13:00", { X: 1 }, "1"), "reject", duplicate, {}],
    ["… with other content", sale("old", "13:00", { X: 2 }, "1"), "reject", reused, {}],
    ["… under the other name: a name is content", sale("old", "13:00", { X: 1 }), "reject", reused, {}],
    ["it happened before the count of the other", sale("m1", "11:00", { X: 1 }, "1"), "reject", absorbed, {}],
    ["it happened after it", sale("m2", "13:00", { X: 1 }, "1"), "reject", applied, { X: -1 }],
    ["… and comes again", sale("m2", "13:00", { X: 1 }, "1"), "reject", duplicate, {}],
  ],
};
