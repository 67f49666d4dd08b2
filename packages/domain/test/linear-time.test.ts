// What reads texts from outside takes no more than linear time over them: whatever it is made of, by expressions, by loops or by
// a library's rules. Each reader gets long texts of one piece repeated; a reader that looks at them again from each of their
// places would be busy ten times as long as it may be.
import { expect, test } from "vitest";
import {
  createRowReader,
  fromPrism,
  hotwaxUpdate,
  isOutsideId,
  isPlainFileName,
  mapHeader,
  ownColumnNames,
  quantityFromText,
  readManifest,
  readSha256Sidecar,
  rejectsCsv,
  snapshotNameTest,
  stampInName,
  wireEvent,
} from "../src/index.ts";

const length = 20_000;
/** A linear look takes a few milliseconds, one that is quadratic most of a second. */
const readingMsMax = 60;
const triesMax = 3;

const pieces = [
  "0",
  "9",
  "a",
  "S",
  "T",
  " ",
  "\t",
  "\n",
  "-",
  "+",
  ".",
  ",",
  "'",
  '"',
  "\\",
  "=",
  "/",
  "(",
  ":",
  "*",
  "0,",
  "a ",
  "-0",
  "é",
  "İ",
  "ß",
];
const odd = ["\u0000", "\u3164", "\ud800", "😀", "\u2028", "e\u0301"];
const hash = "f".repeat(64);
const starts = ["", "0.", "1e", "SHA256 (", `${hash} `, '{"rows":', "20261101T", "2026-11-01T10:00:00", "=", "x"];
const ends = ["", "1", "\u2028!"];

const now = Date.parse("2026-11-23T10:00:00Z");
const settings = { storeField: "number", itemFields: ["sid", "scan_upc", "alu"] } as never;
const event = { eventId: "1", facilityId: "S1", type: "sale", occurredAt: "2026-11-01T10:00:00Z" };
const update = { facilityId: "S1", idType: "SKU", idValue: "X", availableDelta: 1 };
const kinds = { inventory_item_type: 0, kit_type: 0, package_item_sid: "", gift_activation_code: "" };
const item = { sid: "1", item_pos: 1, item_type: 1, quantity: 1, alu: "X", ...kinds };
const document = { sid: "1", status: 4, receipt_type: 0, store_number: 1, created_datetime: "2026-11-01T10:00:00Z" };
const row = createRowReader(mapHeader(["facilityId", "idType", "idValue", "quantity", "locationSeqId", "asOf"]), now);
const nameTest = snapshotNameTest("*.csv,*onhand*2*.csv.gz");

/** Each field of a record filled with the text in turn. */
const eachField = (record: object, text: string): object[] =>
  Object.keys(record).map((name) => ({ ...record, [name]: text }));

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  "a quantity": quantityFromText,
  "an id": isOutsideId,
  "an event": (text) =>
    eachField(event, text).map((each) => wireEvent.safeParse({ ...each, lines: [{ sku: text, quantity: text }] })),
  "HotWax's call": (text) => eachField(update, text).map((each) => hotwaxUpdate.safeParse(each)),
  "a Prism document": (text) =>
    eachField(document, text).map((each) => fromPrism({ ...each, items: [item] }, settings, new Date(now))),
  "an item of a Prism document": (text) =>
    fromPrism({ ...document, items: eachField(item, text) }, settings, new Date(now)),
  "a header": (text) => [
    mapHeader([`store ${text}`, "sku", "qty"]),
    mapHeader([`lineOfReset${text}`, "store", "sku", "qty"]),
  ],
  "names of columns of one's own": (text) => ownColumnNames.safeParse(`sku=${text},${text}`),
  "a row": (text) =>
    [0, 1, 2, 3, 4, 5].map((at) => row(["S1", "SKU", "X", "1", "", ""].map((cell, of) => (of === at ? text : cell)))),
  "a rejected row": (text) => {
    const { cells, line } = rejectsCsv({ columns: ["store"] }, "r");
    return line(cells({ line: 2, fields: [text, text], code: "BAD_QUANTITY", reason: text }));
  },
  "a file name": (text) => [isPlainFileName(text), nameTest(text), stampInName(text, "America/New_York")],
  "a manifest": (text) => readManifest(text, "x.manifest.json"),
  "a hash beside a file": (text) => readSha256Sidecar(text, "x.csv"),
};

/** Milliseconds of processor time: what else the machine does must not count. */
function msOf(read: () => unknown): number {
  const before = process.cpuUsage();
  try {
    read();
  } catch {
    // A refusal is an answer too; here only its time counts.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const texts = starts.flatMap((start) =>
  [...pieces, ...odd].flatMap((piece) => ends.map((end) => ({ start, piece, end }))),
);

/** The least of some tries, since anything may hold up one. */
function leastMs(read: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < triesMax && least > readingMsMax; turn += 1) least = Math.min(least, msOf(read));
  return least;
}

test.each(Object.entries(readers))("%s is read in linear time, however long it is", (_, read) => {
  const slow = texts.find(
    ({ start, piece, end }) => leastMs(() => read(start + piece.repeat(length / piece.length) + end)) > readingMsMax,
  );
  expect(slow).toBeUndefined();
});
