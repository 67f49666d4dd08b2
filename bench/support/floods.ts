// The floods of a client that is broken or hostile: what each sends, over how many connections. It may send sales of one
// facility only, as a single till may.
import { wireSale } from "./events.ts";

/** The key of the client that floods, and one that nobody has. */
export const floodKey = "bench-key-of-a-till-that-floods";
const unknownKey = "bench-key-that-nobody-has";

const bodyBytesMax = 2 ** 20;
const longNumberBytes = 100_000;
const unknownFields = 125_000;
const eventsPerRequest = 1_000;
const connectionsUsual = 32;
const oneFacility = { facilities: 1, products: 2_000 };

/** One kind of flood. */
export interface Flood {
  readonly what: string;
  readonly key: string;
  readonly connections: number;
  /** The nth body of all connections together. */
  body(n: number): string;
  /** The body is sent byte by byte, so slowly that it never ends. */
  readonly isSlow?: true;
}

const usual = { key: floodKey, connections: connectionsUsual };
const always = (text: string) => (): string => text;
const sale = (n: number): string => JSON.stringify(wireSale(`flood-${process.pid}`, n, oneFacility));
const sales = (n: number): string =>
  `[${Array.from({ length: eventsPerRequest }, (_, at) => sale(n * eventsPerRequest + at)).join()}]`;

/** By name, in the order of the table. */
export const floods: Readonly<Record<string, Flood>> = {
  zeros: { ...usual, what: "1 MiB of [0,0,0,…]", body: always(`[${"0,".repeat(bodyBytesMax / 2 - 2)}0]`) },
  nines: { ...usual, what: "one number of 1 MiB", body: always(`[${"9".repeat(bodyBytesMax - 2)}]`) },
  fields: {
    ...usual,
    what: "an event of 125,000 unknown fields",
    body: always(`{${Array.from({ length: unknownFields }, (_, at) => `"${at.toString(36)}":0`).join()}}`),
  },
  "long-numbers": { ...usual, what: "1.00…01 of 100 KB", body: always(`{"q":1.${"0".repeat(longNumberBytes)}1}`) },
  batches: { ...usual, what: "sales, 1,000 a request", body: sales },
  sales: { ...usual, what: "sales, one a request", connections: 64, body: sale },
  "wrong-keys": { what: "sales under a key that nobody has", key: unknownKey, connections: 64, body: sale },
  "slow-bodies": { ...usual, what: "bodies that never end", connections: 300, body: sale, isSlow: true },
};
