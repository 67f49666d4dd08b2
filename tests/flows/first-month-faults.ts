// What goes wrong in the shops of a first month, each thing on a day of its own, and by what the product names it.
import { type Day, hourMs, type Month, opening, shops } from "./first-month.ts";

/** What an operator sees at the end of a day. */
export interface Look {
  readonly alarms: readonly { readonly kind: string; readonly facilityId?: string | null }[];
  readonly pairs: readonly { readonly kind: string; readonly text: string }[];
  readonly failed: readonly { readonly error: string }[];
  readonly refused: readonly { readonly pointer: string | null; readonly times: number }[];
  readonly reset: {
    readonly rejected: number;
    readonly asOfNote: string | null;
    readonly doubts: readonly string[];
    readonly facilities: readonly { readonly facilityId: string; readonly heldBecause: string | null }[];
  };
  /** Of the day's documents: the reasons why lines were ignored. */
  readonly ignored: readonly string[];
}

export interface Fault {
  /** As a sentence's subject. */
  readonly name: string;
  /** Before the day's sales. */
  before?(month: Month): void;
  /** Once the day's sales and its count are known. */
  strikes(day: Day, month: Month): void;
  isNamed(look: Look): boolean;
}

const [tillShop, otherTillShop] = shops as [(typeof shops)[number], (typeof shops)[number]];
const BURST = 12;
const zonesAheadMs = 6 * hourMs;
const slowMs = 72 * hourMs;

const isHeld = ({ reset }: Look, facilityId: string): boolean =>
  reset.facilities.some((part) => part.facilityId === facilityId && part.heldBecause !== null);
const isAlarm = ({ alarms }: Look, kind: string, facilityId: string): boolean =>
  alarms.some((alarm) => alarm.kind === kind && alarm.facilityId === facilityId);
const hasFailed = ({ failed }: Look, error: string): boolean => failed.some((cause) => cause.error === error);

/** A till's whole day under a wrong time. */
function underWrongTime(day: Day, month: Month, { id, lateMs }: { id: string; lateMs: number }): void {
  const shop = shops.find((each) => each.id === id);
  for (let sale = 0; shop && sale < BURST; sale += 1) month.sells(day, shop);
  for (const event of day.events) if (event.facilityId === id) event.beforeMs += lateMs;
}

/** Each in a month once. */
export const faults: readonly Fault[] = [
  {
    name: "a store that sells as 1 and is counted as 001",
    before: (month) => month.opens(opening),
    strikes: ({ rows }) => {
      for (const row of rows) if (row.store === opening.id) row.store = "001";
    },
    isNamed: ({ pairs }) => pairs.some(({ kind, text }) => kind === "facility" && /\b1\b.*\b001\b/.test(text)),
  },
  {
    name: "a night's file whose ids lost their zeros",
    strikes: ({ rows }) => {
      for (const row of rows) if (row.store === tillShop.id) row.idValue = row.idValue.replace(/^0+/, "");
    },
    isNamed: (look) => isHeld(look, tillShop.id),
  },
  {
    name: "one barcode in three lengths",
    strikes: (day, month) => {
      for (const { id } of shops)
        day.rows.push({ store: id, idType: "EAN", idValue: "0012345678905", qty: 10, desc: "mug" });
      const line = { idType: "UPCA", idValue: "012345678905", quantity: 1 };
      day.events.push({ eventId: `R-${month.next()}`, facilityId: tillShop.id, beforeMs: 1_000, lines: [line] });
      const item = { item_pos: 1, item_type: 1, quantity: 1, alu: "", scan_upc: "12345678905" };
      day.documents.push({ sid: month.next(), store_number: 5, beforeMs: 1_000, items: [item] });
    },
    isNamed: ({ pairs }) =>
      ["UPCA 012345678905", "UPCA 12345678905"].every((id) =>
        pairs.some(({ kind, text }) => kind === "product" && text.includes(id)),
      ),
  },
  {
    name: "a till that says local time as if it were UTC",
    strikes: (day, month) => underWrongTime(day, month, { id: tillShop.id, lateMs: zonesAheadMs }),
    isNamed: (look) => isAlarm(look, "clock-wrong", tillShop.id),
  },
  {
    name: "a till whose clock is three days slow",
    strikes: (day, month) => underWrongTime(day, month, { id: otherTillShop.id, lateMs: slowMs }),
    isNamed: (look) => isAlarm(look, "clock-wrong", otherTillShop.id),
  },
  {
    name: "inch marks that leave a row unreadable",
    strikes: (day, month) => {
      month.of(day.rows).desc = '"LED 55\\" black"';
    },
    isNamed: ({ reset }) => reset.rejected === 1 || reset.doubts.length > 0,
  },
  {
    name: "an accent of another encoding in an id",
    strikes: (day) => {
      day.encoding = "latin1";
    },
    // So many rows that the file is refused whole.
    isNamed: ({ alarms, reset }) => reset.rejected > 0 || alarms.some(({ kind }) => kind === "file-refused"),
  },
  {
    name: "a column of signs that nobody reads",
    strikes: (day) => {
      day.extra = { name: "sign", cell: "P" };
    },
    isNamed: ({ reset }) => reset.doubts.some((doubt) => doubt.includes('"sign"')),
  },
  {
    name: "a store whose rows are missing",
    strikes: (day) => {
      day.rows = day.rows.filter(({ store }) => store !== otherTillShop.id);
    },
    isNamed: (look) => isAlarm(look, "facility-missing", otherTillShop.id),
  },
  {
    name: "a delivery note in place of a store's count",
    strikes: (day) => {
      const others = day.rows.filter(({ store }) => store !== tillShop.id);
      day.rows = [...others, ...day.rows.filter(({ store }) => store === tillShop.id).slice(0, 2)];
    },
    isNamed: (look) => isHeld(look, tillShop.id),
  },
  {
    name: "one receipt number for two sales",
    strikes: (day, month) => {
      const first = month.of(day.events);
      const lines = [{ idType: "SKU", idValue: "007019", quantity: 7 }];
      day.later.push({ ...first, lines });
    },
    isNamed: (look) => hasFailed(look, "EVENT_ID_REUSED"),
  },
  {
    name: "a batch that is refused again and again",
    strikes: (day, month) => {
      const lines = [{ sku: "007001", quantity: -2 }];
      const occurredAt = new Date().toISOString();
      day.refused = [{ eventId: `R-${month.next()}`, facilityId: tillShop.id, type: "return", occurredAt, lines }];
    },
    isNamed: ({ refused }) => refused.some(({ pointer, times }) => pointer !== null && times > 1),
  },
  {
    name: "a document sent again with another store",
    strikes: ({ documents }) => {
      const first = documents.find(({ store_number }) => store_number === 5);
      if (first) documents.push({ ...first, store_number: 6, beforeMs: first.beforeMs - 500 });
    },
    isNamed: (look) => hasFailed(look, "DOCUMENT_MOVED"),
  },
  {
    name: "a package among the lines of a document",
    strikes: ({ documents }, month) => {
      const line = { item_type: 1, quantity: 1 };
      const parts = ["007002", "007003"].map((alu, index) => ({
        ...line,
        item_pos: index + 2,
        alu,
        package_item_sid: "77",
      }));
      const items = [{ ...line, item_pos: 1, alu: "SUIT", sid: "77", kit_type: 2 }, ...parts];
      documents.push({ sid: month.next(), store_number: 6, beforeMs: 1_000, items });
    },
    isNamed: ({ ignored }) => ignored.some((reason) => reason.includes("package")),
  },
  {
    name: "a file whose modification time is an hour off",
    strikes: (day) => {
      day.modifiedBeforeMs = hourMs;
    },
    isNamed: ({ reset }) => reset.asOfNote?.includes("1 hour before") === true,
  },
];
