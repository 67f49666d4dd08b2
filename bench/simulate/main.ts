// npm run simulate -- --stores 5000 --products 200000 --listed 30000 --lines-per-store 2000 --speed 60: a day of a chain, on this machine,
// held against the model. Everything is started privately and goes again.
import { parseArgs } from "node:util";
import { openStand } from "../support/stand.ts";
import { expectedOf } from "./model.ts";
import { type Hour, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    stores: { type: "string", default: "5000" },
    products: { type: "string", default: "200000" },
    listed: { type: "string", default: "30000" },
    "lines-per-store": { type: "string", default: "2000" },
    speed: { type: "string", default: "60" },
    "per-request": { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
  },
});
const given = Object.fromEntries(
  Object.entries(values).map(([name, value]) => {
    const number = Number(value);
    if (!(Number.isInteger(number) && number > 0)) {
      process.stderr.write(`--${name} ${value}: a whole number above 0 is allowed\n`);
      process.exit(64);
    }
    return [name, number];
  }),
) as Record<keyof typeof values, number>;

const chain = {
  ...{ stores: given.stores, products: given.products, listed: Math.min(given.listed, given.products) },
  linesPerStore: given["lines-per-store"],
};
const expected = expectedOf(chain);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const round = (value: number, digits = 0): string =>
  value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const mib = (bytes: number): string => `${round(bytes / 2 ** 20)} MiB`;

say(
  `A day of ${round(chain.stores)} stores, ${round(chain.listed)} products each, at ${given.speed} times its speed (seed ${given.seed}).`,
);
say(
  `The model: ${round(expected.receipts)} receipts, ${round(expected.lines)} lines; in real time ${round(expected.busiestHour, 1)}/s in the busiest ` +
    `hour and ${round(expected.busiestMinute, 1)}/s in its busiest minute; here, in the busiest hour, ${round(expected.busiestHour * given.speed)}/s.\n`,
);
say("hour  receipts   per s  waiting  oldest ms  sender late ms");
const stand = await openStand();
try {
  const day = await simulate(
    stand,
    { chain, speed: given.speed, perRequest: given["per-request"], seed: given.seed },
    sayHour,
  );
  const row = (what: string, measured: string, model: string): void =>
    say(`${what.padEnd(44)}${measured.padStart(16)}${model.padStart(16)}`);
  say("");
  row("", "measured", "model");
  row("receipts", round(day.receipts), round(expected.receipts));
  row("lines", round(day.lines), round(expected.lines));
  row("POST to on hand, real ms: median", round(day.onHandP50), "");
  row("POST to on hand, real ms: p99", round(day.onHandP99), "");
  row("most that waited, events", round(Math.max(...day.hours.map(({ waiting }) => waiting))), "");
  row("ledger, after the day and the next count", mib(day.ledgerBytes), mib(expected.ledgerBytes));
  row("levels", mib(day.levelBytes), "");
  row("the first count, s", round(day.firstNight.totalMs / 1_000, 1), "");
  row("the next count, 5 % changed, s", round(day.nextNight.totalMs / 1_000, 1), round(expected.resetSeconds, 1));
  row("  corrections", round(day.nextNight.corrected), "");
  row("  longest that a store was locked, ms", round(day.lockedMsMax), "");
  say(
    `\nEvery receipt is in the ledger once, and every level is the sum of its movements (${round(day.audited)} of them).`,
  );
} finally {
  await stand.close();
}

function sayHour({ hour, receipts, perSecond, waiting, oldestMs, lateMs }: Hour): void {
  if (receipts === 0) return;
  const cells = [String(hour).padStart(4), round(receipts).padStart(10), round(perSecond).padStart(8)];
  say([...cells, round(waiting).padStart(9), round(oldestMs).padStart(11), round(lateMs).padStart(16)].join(""));
}
