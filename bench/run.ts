// npm run bench [-- <name or id> …] [--quick] [--scale 0.1] [--rounds 3]: measures the product against its references, prints a
// table and writes JSON to bench/results. Ratios within one run are what counts; absolute figures are this machine's.
import { parseArgs } from "node:util";
import { measures } from "./catalog.ts";
import { type Result, sizesOf } from "./support/measure.ts";
import { tableOf, writeResults } from "./support/report.ts";
import { openStand } from "./support/stand.ts";

const quickScale = 0.01;
const roundsUsual = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    scale: { type: "string" },
    rounds: { type: "string" },
    save: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const given = {
  quick: values.quick,
  scale: Number(values.scale ?? (values.quick ? quickScale : 1)),
  rounds: Number(values.rounds ?? (values.quick ? 1 : roundsUsual)),
};
const chosen = measures.filter(
  ({ name, ids }) => positionals.length === 0 || positionals.some((word) => word === name || ids.includes(word)),
);
if (chosen.length === 0 || !(given.scale > 0) || !(given.rounds >= 1)) {
  const known = measures.map(({ name, ids }) => `${name} (${ids.join(", ")})`).join("; ");
  process.stderr.write(`Nothing to measure by these words. Measures: ${known}. Options: --quick, --scale, --rounds.\n`);
  process.exit(64);
}

const stand = await openStand();
const all: Result[] = [];
try {
  for (const measure of chosen) {
    process.stdout.write(`${measure.name} (${measure.ids.join(", ")}) …\n`);
    const startedAt = performance.now();
    const results = await measure.run(stand, sizesOf(given));
    all.push(...results);
    const took = Math.round((performance.now() - startedAt) / 1_000);
    process.stdout.write(`${tableOf(results)}\n    took ${took} s\n\n`);
    // A quick run only shows that the measure works.
    if (values.save && !given.quick) await writeResults(measure.name, { sizes: given, results });
  }
} finally {
  await stand.close();
}
if (chosen.length > 1) process.stdout.write(`${tableOf(all)}\n`);
