// Snapshot files and their sidecars, made to be costly to read or to be taken for something else.
const rows = 5;
const cellLength = 60_000;
const header = "store,sku,qty\n";
const row = (cell: string): string => `S1,X,${cell}\n`;
const hash = "f".repeat(64);

export interface HostileSnapshot {
  readonly what: string;
  readonly name: string;
  readonly content: string;
  /** Sidecars: ending to content. */
  readonly beside?: Readonly<Record<string, string>>;
}

const contents: Readonly<Record<string, string>> = {
  "zeros in a quantity": header + row(`0.${"0".repeat(cellLength)}1`).repeat(rows),
  "a quantity of many digits": header + row("9".repeat(cellLength)).repeat(rows),
  "blanks in a quantity": header + row(`1${" ".repeat(cellLength)}x`).repeat(rows),
  "signs in a quantity": header + row("+".repeat(cellLength)).repeat(rows),
  "a long store and product": header + `${"S".repeat(cellLength)},${"-".repeat(cellLength / 2)},1\n`.repeat(rows),
  "quotes within quotes": header + `S1,"${'""'.repeat(cellLength / 2)}",1\n`.repeat(rows),
  "a quote that is never closed": `${header}S1,"${"x,\n".repeat(cellLength)}`,
  "nothing but separators": header + `${",".repeat(cellLength)}\n`.repeat(rows),
  "a header of blanks": `${" ".repeat(cellLength)}store,sku,qty\nS1,X,1\n`,
  "a header that says one name again and again": `${"store,".repeat(cellLength / 6)}sku,qty\nS1,X,1\n`,
  "nothing but line ends": "\r\n".repeat(cellLength),
  "formulas and strange characters": `${header}=1+1,\u202eX,1\n\u0000,X,1\nS1,\u3164,1\n`,
};

const sidecars: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "blanks in its hash": { ".sha256": `${hash}${" ".repeat(cellLength)}x\u2028!` },
  "many lines in its hash": { ".sha256": `${hash} other.csv\n`.repeat(1_000) },
  "brackets in its hash": { ".sha256": `SHA256 (${"(".repeat(cellLength)}` },
  "lists within lists in its manifest": { ".manifest.json": "[".repeat(cellLength) },
  "a manifest of unknown fields": {
    ".manifest.json": JSON.stringify({ rows: {}, asOf: "0".repeat(cellLength), x: [] }),
  },
  "a manifest that is no text": { ".manifest.json": "\u0000\ufeff\ud800" },
};

const odd = [
  "=cmd|.csv",
  "-rf.csv",
  "%2e%2e%2f.csv",
  "a b;c.csv",
  `${"x".repeat(180)}.csv`,
  `${"1".repeat(100)}-20261101T250000Z.csv`,
];

/** One of each, with times that follow each other, so that none is older than what is known. */
export const hostileSnapshots: readonly HostileSnapshot[] = [
  ...Object.entries(contents).map(([what, content], at) => ({ what, content, name: nameOf("content", at) })),
  ...Object.entries(sidecars).map(([what, beside], at) => ({
    what,
    beside,
    content: header + row("1"),
    name: nameOf("sidecar", at),
  })),
  ...odd.map((name) => ({ what: `the name ${name.slice(0, 30)}`, content: header + row("1"), name })),
];

function nameOf(kind: string, number: number): string {
  return `${kind}-20261102T${String(number + 1).padStart(2, "0")}0000Z.csv`;
}
