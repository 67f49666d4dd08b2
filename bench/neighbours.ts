// B14: what one client's junk does to the others. A client sells at a steady pace, alone and beside each flood of another
// client, on the same ingest with its usual limits; its 99th percentile beside the flood against the one alone.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clientKey } from "./support/clients.ts";
import { facilityName } from "./support/events.ts";
import { floodKey, floods } from "./support/floods.ts";
import { figureOf, type Measure, percentile, type Result, ratioOf } from "./support/measure.ts";
import { startIngest, startOwn } from "./support/processes.ts";
import { type Sold, sellAlong } from "./support/single-sales.ts";
import type { Installation, Stand } from "./support/stand.ts";

const besideMsFull = 6_000;
const practiceMs = 1_500;
const timesSlowerMax = 3;

interface Measured {
  readonly alone: Sold;
  readonly beside: Sold;
  /** How the flood was answered: status to number. */
  readonly answers: Readonly<Record<string, number>>;
}

/** The client that sells may do anything, the one that floods may sell in one facility. */
async function writeTwoClients({ dataDir }: Installation): Promise<Record<string, string>> {
  const file = join(dataDir, "clients.json");
  const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");
  const clients = [
    { name: "pos", keys: [hashOf(clientKey)], facilities: "*", types: "*" },
    { name: "till", keys: [hashOf(floodKey)], facilities: [facilityName(0)], types: ["sale"] },
  ];
  await writeFile(file, JSON.stringify({ clients }));
  return { DATA_DIR: dataDir, INGEST_CLIENTS_FILE: file };
}

function measure(stand: Stand, name: string, ms: number): Promise<Measured> {
  return stand.using(async (on) => {
    const ingest = await startIngest(on, await writeTwoClients(on));
    const sell = (phase: string, forMs: number) =>
      sellAlong({ port: ingest.port, key: clientKey, name: phase, ms: forMs });
    const report = join(on.dataDir, "flood.json");
    try {
      await sell("practice", practiceMs);
      const alone = await sell("alone", ms);
      const flood = await startOwn("./flood-main.ts", {}, [name, String(ingest.port), report]);
      try {
        const beside = await sell("beside", ms);
        return { alone, beside, answers: JSON.parse(await readFile(report, "utf8")) as Measured["answers"] };
      } finally {
        await flood.stop();
      }
    } finally {
      await ingest.stop();
    }
  });
}

function resultOf(what: string, id: string, rounds: readonly Measured[]): Result {
  const slowest = (of: keyof Measured & ("alone" | "beside")): number[] =>
    rounds.map((round) => percentile(round[of].latencies, 0.99));
  const refused = rounds.map(({ beside }) => `${beside.refused} of ${beside.latencies.length}`).join(", ");
  const answers = rounds.map((round) =>
    Object.entries(round.answers)
      .map(([status, count]) => `${count} × ${status}`)
      .join(" "),
  );
  return {
    id,
    what: `p99 of another client beside ${what}`,
    unit: "ms",
    product: figureOf(slowest("beside")),
    reference: figureOf(slowest("alone")),
    referenceIs: "the same client alone, just before",
    ratio: ratioOf(slowest("beside"), slowest("alone")),
    target: { ratioMax: timesSlowerMax },
    notes: [
      `its sales not answered with 202: ${refused}`,
      `the flood was answered: ${answers.join("; ") || "not at all"}`,
    ],
  };
}

export const neighbours: Measure = {
  name: "neighbours",
  ids: ["B14"],
  run: async (stand, sizes) => {
    const ms = sizes.of(besideMsFull, 1_500);
    const results: Result[] = [];
    for (const [at, [name, { what }]] of Object.entries(floods).entries()) {
      const rounds: Measured[] = [];
      for (let round = 0; round < sizes.rounds; round += 1) rounds.push(await measure(stand, name, ms));
      results.push(resultOf(what, `B14${String.fromCharCode("a".charCodeAt(0) + at)}`, rounds));
    }
    return results;
  },
};
