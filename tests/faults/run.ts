// `npm run faults`: seeds of traffic and faults on real processes, one after another, until the seeds or the minutes are over.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { faultsFor } from "./faults/index.ts";
import { faultsTable, lineOf, summaryOf } from "./report.ts";
import { runSeed, type SeedReport } from "./run-seed.ts";
import { openRunFolder, type RunFolder } from "./world/folder.ts";
import { type Backend, type Servers, startServers } from "./world/servers.ts";

const usage = `npm run faults -- [--seed N | --seeds A..B] [--minutes M] [--only fault,fault] [--backend redis|postgres|cluster|sentinel] [--pooled] [--archived] [--partitioned] [--older-version FOLDER] [--lanes N] [--report FILE]`;
const size = { loadMs: 7_000, events: 800, files: 4, bulkRows: 1_500 };
const drainMsMax = 30_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    minutes: { type: "string" },
    only: { type: "string" },
    backend: { type: "string", default: "redis" },
    pooled: { type: "boolean", default: false },
    partitioned: { type: "boolean", default: false },
    archived: { type: "boolean", default: false },
    "older-version": { type: "string" },
    report: { type: "string" },
    lanes: { type: "string", default: "1" },
  },
});
const backend = backendAsked();
// The queue on PostgreSQL cannot go through one, and has one network with the database.
const { pooled, partitioned, archived } = values;
if (pooled && backend === "postgres") throw new Error(usage);
const olderVersion = values["older-version"];
const only = values.only?.split(",") ?? [];
const asked = faultsFor(backend, only, { pooled });
const [from, to] = seedsAsked();
const endsAt = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Servers of their own, on which one seed runs after another. */
interface Lane {
  readonly place: RunFolder;
  readonly servers: Servers;
}

const startedAt = Date.now();
const lanes: Lane[] = [];
const endAll = async (): Promise<void> => {
  for (const { place, servers } of lanes.splice(0)) {
    await servers.stop();
    await place.remove();
  }
};
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void endAll().finally(() => process.exit(1)));
const reports: SeedReport[] = [];
let faults = asked;
try {
  for (let lane = 0; lane < Number(values.lanes); lane += 1) lanes.push(await openLane());
  const noDisks = lanes.find(({ place }) => place.noDisks)?.place.noDisks;
  const why = { disk: noDisks, "older-version": olderVersion ? undefined : "say --older-version FOLDER" };
  faults = asked.filter(({ needs }) => needs === undefined || why[needs] === undefined);
  for (const { name, needs } of asked.filter((fault) => !faults.includes(fault)))
    say(`${name} is left out: ${needs && why[needs]}`);
  let next = from;
  const seedAfterSeed = async (lane: Lane): Promise<void> => {
    while (next <= to && Date.now() < endsAt) {
      const seed = next;
      next += 1;
      reports.push(await oneSeed(lane, seed));
    }
  };
  await Promise.all(lanes.map(seedAfterSeed));
} finally {
  await endAll();
}
reports.sort((a, b) => a.seed - b.seed);
const summary = summaryOf(reports, Date.now() - startedAt);
const met = faults.filter(({ name }) => reports.some((report) => report.faults.includes(name)));
say(`\n${summary}\n\n${faultsTable(reports, met)}`);
const whole = [summary, faultsTable(reports, faults), reports.map(lineOf).join("\n")];
if (values.report !== undefined) await writeFile(values.report, `${whole.join("\n\n")}\n`);
process.exit(reports.some(({ faulty }) => faulty.length > 0) ? 1 : 0);

async function openLane(): Promise<Lane> {
  const place = await openRunFolder(asked.some(({ needs }) => needs === "disk"));
  const postgresFolder = join(place.disks?.postgres ?? place.folder, "postgres");
  return { place, servers: await startServers({ folder: place.folder, postgresFolder, backend }) };
}

async function oneSeed({ place, servers }: Lane, seed: number): Promise<SeedReport> {
  const report = await runSeed(servers, {
    ...{ seed, backend, pooled, partitioned, archived, olderVersion, faults, size, drainMsMax, folder: place.folder },
    ...(place.disks !== undefined && { disks: place.disks }),
  });
  say(lineOf(report));
  if (report.faulty.length === 0) return report;
  for (const line of report.schedule) say(`    ${line}`);
  for (const line of report.faulty.slice(0, 40)) say(`  BROKEN ${line}`);
  const again = [
    `--seed ${seed}`,
    `--backend ${backend}`,
    ...(pooled ? ["--pooled"] : []),
    ...(partitioned ? ["--partitioned"] : []),
    ...(archived ? ["--archived"] : []),
    ...(only.length > 0 ? [`--only ${only.join(",")}`] : []),
  ];
  say(`  again: npm run faults -- ${again.join(" ")}`);
  return report;
}

/** The first and the last seed. With minutes alone: seed after seed until they are over. */
function seedsAsked(): [number, number] {
  const [first, last] = (values.seeds ?? values.seed ?? "1").split("..").map(Number);
  if (first === undefined || !Number.isInteger(first) || first < 1) throw new Error(usage);
  if (last !== undefined) return [first, last];
  return [first, values.minutes === undefined ? first : Number.POSITIVE_INFINITY];
}

function backendAsked(): Backend {
  const found = (["redis", "postgres", "cluster", "sentinel"] as const).find((name) => name === values.backend);
  if (found === undefined) throw new Error(usage);
  return found;
}
