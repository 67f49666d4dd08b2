// The files that a POS, an ERP, a spreadsheet or a broken line really leave on an SFTP server, each with the verdict it must get.
// Each is about a facility of its own, which is written T here, and has 10 of each product before, counted on 2026-11-01 at 08:00 UTC.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** What must become of a file. */
export type Verdict =
  /** It goes to rejected/ under this code, and nothing in the ledger changes. */
  | { readonly refused: string }
  /**
   * Its facility has these products changed and all others as they were, and nobody else has anything changed. `rejects` are
   * the codes of its rejected rows in the order of the file. `state` of the facility's part where it is not "applied".
   */
  | {
      readonly applied: Readonly<Record<string, number>>;
      readonly rejects?: readonly string[];
      readonly state?: "stale" | "failed" | "none";
      readonly asOf?: string;
    };

interface HostileFile {
  readonly what: string;
  /** In its name stands 09:00 UTC unless a name is given. */
  readonly name?: string;
  /** How its name ends; .csv unless given. */
  readonly ending?: string;
  readonly content: string | Buffer;
  /** Sidecars: ending to content. */
  readonly beside?: Readonly<Record<string, string>>;
  /** The facility it is about, where that is not one that stands for T. */
  readonly facility?: string;
  readonly verdict: Verdict;
}

/** Every facility of the table has 10 of each of these before a file. */
export const products = ["A", "B", "C", "007", "7", "12"];

const header = "store,sku,qty\n";
const good = `${header}T,A,11\nKEPT,B,99\n`;
const utf16le = (text: string, mark = "\ufeff"): Buffer => Buffer.from(`${mark}${text}`, "utf16le");
const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
const refused = (code: string): Verdict => ({ refused: code });
const withByte = (text: string, byte: number): Buffer => {
  const [before = "", after = ""] = text.split("#");
  return Buffer.concat([Buffer.from(before), Buffer.from([byte]), Buffer.from(after)]);
};

const nothingInIt: readonly HostileFile[] = [
  { what: "no byte at all", content: "", verdict: refused("EMPTY_FILE") },
  { what: "blank lines only", content: "\r\n \n\t\n", verdict: refused("EMPTY_FILE") },
  { what: "a header only", content: header, verdict: refused("HEADER_ONLY") },
];

const notWhole: readonly HostileFile[] = [
  {
    what: "cut inside its last value (4 of 45)",
    content: `${header}T,A,11\nKEPT,B,4`,
    verdict: refused("CUT_OFF"),
  },
  { what: "cut inside its last row, before the quantity", content: `${good}T,C`, verdict: refused("CUT_OFF") },
  {
    what: "compressed after it was cut",
    ending: ".csv.gz",
    content: gzipSync(`${good}T,C,1`),
    verdict: refused("CUT_OFF"),
  },
  {
    what: "cut, with a manifest that tells the time only",
    content: `${good}T,C,1`,
    beside: { ".manifest.json": '{"asOf": "2026-11-01T09:00:00Z"}' },
    verdict: refused("CUT_OFF"),
  },
  {
    what: "cut between two rows, with the number of rows in the manifest",
    content: good,
    beside: { ".manifest.json": '{"rows": 3}' },
    verdict: refused("ROW_COUNT_MISMATCH"),
  },
  {
    what: "cut inside a quoted value",
    content: `${header}T,A,11\nKEPT,B,"9`,
    verdict: refused("UNCLOSED_QUOTE"),
  },
  {
    what: "compressed and cut",
    ending: ".csv.gz",
    content: gzipSync(good.repeat(50)).subarray(0, 60),
    verdict: refused("GZIP_DAMAGED"),
  },
  {
    what: "compressed, with a wrong check sum at its end",
    ending: ".csv.gz",
    content: Buffer.concat([gzipSync(good).subarray(0, -8), Buffer.alloc(8, 1)]),
    verdict: refused("GZIP_DAMAGED"),
  },
  {
    what: "not what its .sha256 says",
    content: good,
    beside: { ".sha256": `${sha256("another")}  x.csv\n` },
    verdict: refused("HASH_MISMATCH"),
  },
  {
    what: "not what its manifest's hash says",
    content: good,
    beside: { ".manifest.json": JSON.stringify({ rows: 2, sha256: sha256("another") }) },
    verdict: refused("HASH_MISMATCH"),
  },
  {
    what: "beside a manifest that is no JSON",
    content: good,
    beside: { ".manifest.json": '{"rows": 2' },
    verdict: refused("BAD_MANIFEST"),
  },
  {
    what: "beside a manifest whose rows are a text",
    content: good,
    beside: { ".manifest.json": '{"rows": "2"}' },
    verdict: refused("BAD_MANIFEST"),
  },
  { what: "beside an MD5", content: good, beside: { ".sha256": "0".repeat(32) }, verdict: refused("BAD_MANIFEST") },
];

const unreadable: readonly HostileFile[] = [
  { what: "UTF-16, little end first", content: utf16le(good), verdict: refused("UNREADABLE_ENCODING") },
  { what: "UTF-16 without a mark", content: utf16le(good, ""), verdict: refused("UNREADABLE_ENCODING") },
  {
    what: "Latin-1 in its last row",
    content: withByte(`${good}T,C#,5\n`, 0xe9),
    verdict: refused("UNREADABLE_ENCODING"),
  },
  {
    what: "a NUL in its last row",
    content: withByte(`${good}T,C,5#\n`, 0),
    verdict: refused("UNREADABLE_ENCODING"),
  },
  {
    what: "a spreadsheet's own format",
    content: Buffer.from("504b0304140006000800000021", "hex"),
    verdict: refused("UNREADABLE_ENCODING"),
  },
  {
    what: "a quote that opens and never closes",
    content: `${good}T,"C,5\n${good}`,
    verdict: refused("UNCLOSED_QUOTE"),
  },
  {
    what: "a quote that swallows a thousand rows",
    content: `${good}T,"C,5\n${"KEPT,A,99\n".repeat(10_000)}`,
    verdict: refused("RECORD_TOO_LONG"),
  },
  {
    what: "one value of 10 MB",
    content: `${good}T,${"x".repeat(10_000_000)},5\n`,
    verdict: refused("RECORD_TOO_LONG"),
  },
  {
    what: "a bomb of 40 MB in 40 kB",
    ending: ".csv.gz",
    content: gzipSync(`store,sku,qty,note\n${`T,A,1,${"0".repeat(20_000)}\n`.repeat(2_000)}`),
    verdict: refused("INFLATED_TOO_LARGE"),
  },
];

const ambiguous: readonly HostileFile[] = [
  { what: "one column", content: "sku\nA\nB\n", verdict: refused("MISSING_COLUMN") },
  { what: "no header", content: "T,A,11\nKEPT,B,99\n", verdict: refused("MISSING_COLUMN") },
  {
    what: "a spreadsheet's sep= line, and dashes below the header",
    content: "sep=;\nstore;sku;qty\n-----;---;---\nT;A;11\n",
    verdict: { applied: { A: 11 } },
  },
  {
    what: "two quantities",
    content: "store,sku,qty,onHand\nT,A,11,99\n",
    verdict: refused("TWO_COLUMNS_FOR_ONE_FIELD"),
  },
  {
    what: "the same column twice",
    content: "store,sku,qty,QTY\nT,A,11,11\n",
    verdict: refused("TWO_COLUMNS_FOR_ONE_FIELD"),
  },
  {
    what: "a sku beside idType and idValue",
    content: "store,sku,idType,idValue,qty\nT,A,SKU,B,11\n",
    verdict: refused("TWO_COLUMNS_FOR_ONE_FIELD"),
  },
];

const untimely: readonly HostileFile[] = [
  {
    what: "a name from the future",
    name: "f-20990101T000000Z.csv",
    content: good,
    verdict: refused("AS_OF_IN_FUTURE"),
  },
  {
    what: "one row from the future",
    content: "store,sku,qty,asOf\nT,A,11,2026-11-01T09:00:00Z\nT,B,12,2099-01-01T00:00:00Z\n",
    verdict: refused("AS_OF_IN_FUTURE"),
  },
  {
    what: "yesterday's count, sent after today's",
    name: "y-20261031T090000Z.csv",
    content: `${header}T,A,77\n`,
    verdict: { applied: {}, state: "stale", asOf: "2026-10-31T09:00:00.000Z" },
  },
  {
    what: "one row older than its level, and one whose time cannot be read",
    content: "store,sku,qty,asOf\nT,A,77,2026-10-31T09:00:00Z\nT,B,12,yesterday\nT,C,13,2026-11-01T09:00:00Z\n",
    verdict: { applied: { C: 13 }, rejects: ["BAD_AS_OF"] },
  },
  {
    what: "a local time that the clock skipped",
    name: "g-20260308-023000.csv",
    content: `${header}T,A,77\n`,
    verdict: { applied: {}, state: "stale", asOf: "2026-03-08T07:30:00.000Z" },
  },
  {
    what: "a local time that came twice: the first is meant",
    name: "g-20251102-013000.csv",
    content: `${header}T,A,77\n`,
    verdict: { applied: {}, state: "stale", asOf: "2025-11-02T05:30:00.000Z" },
  },
];

const odd: readonly HostileFile[] = [
  {
    what: "inches in a description",
    content: 'store,sku,desc,qty\nT,A,12" pipe,11\nT,B,plain,12\n',
    verdict: { applied: { A: 11, B: 12 } },
  },
  {
    what: "a column of units that says inches by their mark",
    content: 'store,sku,unit,qty\nT,A,",11\nT,B,cm,12\nT,C,",13\nT,007,cm,14\n',
    verdict: { applied: { "007": 14 }, rejects: ["BAD_QUOTE", "BAD_QUOTE", "BAD_QUOTE"] },
  },
  { what: "a byte order mark", content: `\ufeff${header}T,A,11\n`, verdict: { applied: { A: 11 } } },
  { what: "carriage returns only", content: "store,sku,qty\rT,A,11\rT,B,12\r", verdict: { applied: { A: 11, B: 12 } } },
  {
    what: "line ends of three kinds and blank lines",
    content: "\n\nstore,sku,qty\r\nT,A,11\n\n  \r\nT,B,12\rT,C,13\n\n",
    verdict: { applied: { A: 11, B: 12, C: 13 } },
  },
  {
    what: "no last line end, but a hash that proves it whole",
    facility: "SELF",
    content: `${header}SELF,A,11`,
    beside: { ".sha256": sha256(`${header}SELF,A,11`) },
    verdict: { applied: { A: 11 } },
  },
  {
    what: "compressed under a name that does not say so",
    facility: "GZIP",
    content: gzipSync(`${header}GZIP,A,11\n`),
    verdict: { applied: { A: 11 } },
  },
  { what: "a quoted header", content: '"STORE","Sku","QTY"\nT,A,11\n', verdict: { applied: { A: 11 } } },
  { what: "bars", content: "store|sku|qty\nT|A|11\n", verdict: { applied: { A: 11 } } },
  {
    what: "semicolons and decimal commas",
    content: "store;sku;qty\nT;A;11\nT;B;1,5\n",
    verdict: { applied: { A: 11 }, rejects: ["BAD_QUANTITY"] },
  },
  {
    what: "externalFacilityId beside facilityId",
    content: "facilityId,externalFacilityId,sku,qty\nKEPT,T,A,11\n",
    verdict: { applied: { A: 11 } },
  },
  {
    what: "columns nobody knows, one of them named __proto__",
    content: 'constructor,store,__proto__,sku,,qty\n1,T,2,A,"a\nb",11\n',
    verdict: { applied: { A: 11 } },
  },
  {
    what: "a facility named __proto__",
    facility: "__proto__",
    content: `${header}__proto__,A,11\n`,
    verdict: { applied: { A: 11 } },
  },
  {
    what: "a facility named constructor",
    facility: "constructor",
    content: `${header}constructor,A,11\n`,
    verdict: { applied: { A: 11 } },
  },
  {
    what: "leading zeros in ids, which are kept",
    facility: "0012",
    content: `${header}0012,007,11\n0012,"12",13\n`,
    verdict: { applied: { "007": 11, "12": 13 } },
  },
  { what: "blanks around everything", content: "store , sku, qty \n T,\tA , 11 \n", verdict: { applied: { A: 11 } } },
  {
    what: "rows that are too short and too long",
    content: `${header}T,A\nT,B,12\nT,C,13,14\nT\n`,
    verdict: { applied: { B: 12 }, rejects: ["WRONG_COLUMN_COUNT", "WRONG_COLUMN_COUNT", "WRONG_COLUMN_COUNT"] },
  },
];

/** Each quantity by itself in a file of one row would say the same; together they say it faster. */
const badQuantities = [
  '"1,234"',
  "1 234",
  "1\u00a0234",
  "1e3",
  "0x10",
  "NaN",
  "Infinity",
  "null",
  "12 pcs",
  "=1+1",
  "--1",
];
const moreBadQuantities = ["1.23456", "", "١٢", "1.2.3", "+", ".", "1_000", "'5"];

const quantities: readonly HostileFile[] = [
  {
    what: "quantities that are none",
    content: `${header}${[...badQuantities, ...moreBadQuantities].map((text) => `T,A,${text}\n`).join("")}T,B,12\n`,
    verdict: { applied: { B: 12 }, rejects: [...badQuantities, ...moreBadQuantities].map(() => "BAD_QUANTITY") },
  },
  {
    what: "quantities beyond 10 digits",
    content: `${header}T,A,10000000000\nT,B,-12345678901234567890\nT,C,500000.0001\n`,
    verdict: { applied: { C: 500_000.0001 }, rejects: ["QUANTITY_OUT_OF_RANGE", "QUANTITY_OUT_OF_RANGE"] },
  },
  {
    what: "quantities of 60,000 digits, which are not looked at",
    content: `${header}${`T,A,0.${"0".repeat(60_000)}1\n`.repeat(20)}T,B,12\n`,
    verdict: { applied: { B: 12 }, rejects: Array.from({ length: 20 }, () => "BAD_QUANTITY") },
  },
  {
    what: "negative counts and decimals, signs and zeros in front",
    content: `${header}T,A,-3\nT,B,1.2345\nT,C,+0005\n`,
    verdict: { applied: { A: -3, B: 1.2345, C: 5 } },
  },
  {
    what: "minus zero, half and five point",
    content: `${header}T,A,-0\nT,B,.5\nT,C,5.\n`,
    verdict: { applied: { A: 0, B: 0.5, C: 5 } },
  },
];

const ids: readonly HostileFile[] = [
  {
    what: "ids that a spreadsheet mangled",
    content: `${header}T,1.2E+12,1\nT,"1,2E+12",1\n1.2E+12,A,1\nT,B,12\n`,
    verdict: { applied: { B: 12 }, rejects: ["MANGLED_ID", "MANGLED_ID", "MANGLED_ID"] },
  },
  {
    what: "no facility, no id, an id of 129 characters, a bell in an id",
    content: `${header},A,1\nT,,1\nT,${"x".repeat(129)},1\nT,A\u0007,1\nT,B,12\n`,
    verdict: { applied: { B: 12 }, rejects: ["MISSING_FACILITY", "MISSING_ID", "MANGLED_ID", "MANGLED_ID"] },
  },
  {
    what: "formulas and SQL for ids",
    content: `${header}T,=HYPERLINK(1),1\nT,@SUM(A1),1\nT,'; drop table level; --,1\nT,B,12\n`,
    verdict: { applied: { B: 12 }, rejects: ["UNKNOWN_PRODUCT", "UNKNOWN_PRODUCT", "UNKNOWN_PRODUCT"] },
  },
  {
    what: "a facility that nobody knows, and one in another case",
    content: `${header}NOWHERE,A,1\nt,A,1\nT,B,12\n`,
    verdict: { applied: { B: 12 }, rejects: ["UNKNOWN_FACILITY", "UNKNOWN_FACILITY"] },
  },
  {
    what: "nothing but facilities that nobody knows",
    content: `${header}NOWHERE,A,1\n`,
    verdict: { applied: {}, rejects: ["UNKNOWN_FACILITY"], state: "none" },
  },
  {
    what: "a facility without one good row",
    content: `${header}T,A,many\nT,B,few\n`,
    verdict: { applied: {}, rejects: ["BAD_QUANTITY", "BAD_QUANTITY"], state: "failed" },
  },
  {
    what: "other types of id than the products have",
    content: "store,idType,idValue,qty\nT,UPCA,A,99\nT,sku,A,11\nT,,B,12\n",
    verdict: { applied: { A: 11 }, rejects: ["UNKNOWN_PRODUCT", "MISSING_ID"] },
  },
];

const repeated: readonly HostileFile[] = [
  {
    what: "a row twice counts once, a contradiction not at all",
    content: `${header}T,A,11\nT,A,11\nT,B,12\nT,B,13\nT,B,12\n`,
    verdict: { applied: { A: 11 }, rejects: ["DUPLICATE_CONFLICT", "DUPLICATE_CONFLICT", "DUPLICATE_CONFLICT"] },
  },
  {
    what: "locations add up, also those with names made of COPY's own signs",
    content: "store,sku,locationSeqId,qty\nT,A,FRONT,5\nT,A,BACK,6\nT,B,\\N,1\nT,B,\\.,2\nT,B,,4\nT,B,a\\tb,8\n",
    verdict: { applied: { A: 11, B: 15 } },
  },
  {
    what: "a contradiction at one location of two takes the product out",
    content: "store,sku,locationSeqId,qty\nT,A,FRONT,5\nT,A,FRONT,6\nT,A,BACK,7\nT,B,BACK,12\n",
    verdict: { applied: { B: 12 }, rejects: ["DUPLICATE_CONFLICT", "DUPLICATE_CONFLICT", "DUPLICATE_CONFLICT"] },
  },
  {
    what: "a bad row at one location of two takes the product out",
    content: "store,sku,locationSeqId,qty\nT,A,FRONT,5\nT,A,BACK,many\nT,B,BACK,12\n",
    verdict: { applied: { B: 12 }, rejects: ["DUPLICATE_CONFLICT", "BAD_QUANTITY"] },
  },
];

/** The whole table. */
const all: readonly HostileFile[] = [
  ...[nothingInIt, notWhole, unreadable, ambiguous, untimely, odd, quantities, ids, repeated].flat(),
];
/** A row of the table, ready to be sent. */
export type ReadyFile = HostileFile & { readonly name: string; readonly facility: string };

/** A cell that is T and nothing else. */
const ownFacility = /(?<![^,;|\s])T(?=[,;|\s])/g;

/** The table: each file with a name, about a facility of its own. */
export function hostileFiles(): readonly ReadyFile[] {
  return all.map((file, index) => {
    const { name = `h${index}-20261101T090000Z${file.ending ?? ".csv"}`, facility = `T${index}` } = file;
    const content = typeof file.content === "string" ? file.content.replaceAll(ownFacility, facility) : file.content;
    return { ...file, name, facility, content };
  });
}
