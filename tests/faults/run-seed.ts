// One seed from beginning to end: traffic and faults, then everything heals, the queues must drain by themselves, and the
// oracle compares.
import { setTimeout as sleep } from "node:timers/promises";
import { archiveFirst, archiveOn, historyOf, putBack } from "./archive.ts";
import { audit } from "./audit.ts";
import { appsOf, type Disks, type Fault } from "./fault.ts";
import { failedJobs, readLedger, unrest } from "./ledger.ts";
import { judge, type Verdict } from "./oracle.ts";
import { randomOf } from "./random.ts";
import { scheduleOf } from "./schedule.ts";
import { shopFaults, untold } from "./shop.ts";
import { noAnswers, startTraffic, type Traffic } from "./traffic.ts";
import { type WorkloadSize, workloadOf } from "./workload.ts";
import type { Backend, Servers } from "./world/servers.ts";
import { openWorld, type World } from "./world/world.ts";

export interface SeedReport {
  readonly seed: number;
  readonly faults: readonly string[];
  /** How often each fault bit. */
  readonly injected: Readonly<Record<string, number>>;
  readonly schedule: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
  /** From healing, and the last answer to the outside, to rest. */
  readonly drainMs: number;
  /** What was at rest last, in words. */
  readonly busyLast: string;
  readonly durationMs: number;
  /** What must never be, in words; none when the seed held. */
  readonly faulty: readonly string[];
}

export interface SeedOptions {
  readonly seed: number;
  readonly backend: Backend;
  /** The apps reach the database through a PgBouncer. */
  readonly pooled?: boolean;
  /** The ledger is in partitions. */
  readonly partitioned?: boolean;
  /** The ledger has an archive, which grows and is used meanwhile. */
  readonly archived?: boolean;
  /** The folder of an older version, built: the fault "upgrade" begins with it. */
  readonly olderVersion?: string | undefined;
  readonly faults: readonly Fault[];
  readonly size: WorkloadSize;
  readonly folder: string;
  readonly disks?: Disks;
  /** How long draining may take. */
  readonly drainMsMax: number;
  readonly say?: (line: string) => void;
}

const drainedPollMs = 100;
/** Rest must last so long: a job between two states is in neither for a moment. */
const restMs = 400;

/** Runs one seed on running servers, which it leaves running. Throws only when the harness itself cannot go on. */
export async function runSeed(servers: Servers, options: SeedOptions): Promise<SeedReport> {
  const { seed, backend, faults, size, disks } = options;
  const startedAt = Date.now();
  const appointments = scheduleOf(seed, faults, size.loadMs);
  const met = appointments.map(({ fault }) => fault);
  const env = Object.assign({}, ...met.map((fault) => fault.env ?? {})) as Record<string, string>;
  const dataDir = disks !== undefined && met.some(({ name }) => name === "spool-disk-full") ? disks.spool : undefined;
  const world = await openWorld(servers, {
    backend,
    pooled: options.pooled ?? false,
    partitioned: options.partitioned ?? false,
    folder: options.folder,
    env,
    ...(met.some(({ needs }) => needs === "older-version") && { olderVersion: options.olderVersion }),
    ...(dataDir !== undefined && { dataDir }),
  });
  const apps = appsOf(met);
  const schedule: string[] = [];
  const injected: Record<string, number> = {};
  const faulty: string[] = [];
  try {
    await world.heal(apps);
    const { workload, answers } = await begin(world, options, faulty);
    const timesSent = Math.max(1, ...met.map(({ timesSent: times = 1 }) => times));
    const begunAt = Date.now();
    const traffic = startTraffic(world, workload, { timesSent, answers });
    let isOver = options.archived !== true;
    const archiving = archiveOn(world, randomOf(seed).fork("archive"), () => isOver);
    const running = appointments.map(async ({ fault, atMs }) => {
      await sleep(atMs);
      const note = (what: string): void => {
        const line = `${((Date.now() - begunAt) / 1_000).toFixed(1)} s  ${fault.name}: ${what}`;
        schedule.push(line);
        options.say?.(line);
      };
      try {
        const random = randomOf(seed).fork(fault.name);
        const times = await fault.inject({ world, random, disks, note, sell: (sale) => sell(traffic, sale) });
        injected[fault.name] = (injected[fault.name] ?? 0) + times;
      } catch (error) {
        faulty.push(`${fault.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
    await Promise.all([...running, sleep(size.loadMs)]);
    await heal(world, apps);
    await traffic.done;
    const { drainMs, busyLast } = await drain(world, options.drainMsMax, faulty);
    await traffic.sendLate();
    isOver = true;
    await archiving;
    await drain(world, options.drainMsMax, faulty);
    if (options.archived) faulty.push(...(await putBack(world)));
    const ledger = await readLedger(world);
    const verdict = judge(traffic.answers, ledger, await failedJobs(world));
    faulty.push(...verdictInWords(verdict), ...(await shopFaults(world, ledger.levels)), ...(await audit(world)));
    for (const { app, exit, output } of world.exits)
      faulty.push(`${app} ended by itself with ${exit}: ${output.slice(-1_500)}`);
    return {
      ...{ seed, faults: met.map(({ name }) => name), injected, schedule, verdict, drainMs, busyLast, faulty },
      statuses: Object.fromEntries(traffic.answers.statuses),
      durationMs: Date.now() - startedAt,
    };
  } finally {
    await world.close();
  }
}

/** Of an archived ledger the days before the traffic are sent, counted twice, and archived. Returns what is sent then. */
async function begin(world: World, { seed, size, archived, drainMsMax }: SeedOptions, faulty: string[]) {
  const workload = workloadOf(seed, size);
  const answers = noAnswers();
  if (!archived) return { workload, answers };
  const history = historyOf(workload, randomOf(seed).fork("history"), size.loadMs);
  for (const file of history.files) {
    await startTraffic(world, { requests: history.requests, files: [file], late: [] }, { answers }).done;
    await drain(world, drainMsMax, faulty);
  }
  await archiveFirst(world);
  return { workload: { ...workload, requests: [...workload.requests, ...history.again] }, answers };
}

function sell(
  traffic: Traffic,
  { facilityId, eventId, sku }: { facilityId: string; eventId: string; sku: string },
): Promise<void> {
  const occurredAtMs = Date.parse("2026-01-05T12:00:00Z");
  return traffic.send({ facilityId, eventId, type: "sale", occurredAtMs, lines: [{ sku, quantity: 1 }] });
}

/** What faults leave behind on the servers is taken back here, whichever faults there were. */
async function heal(world: World, apps: Parameters<World["heal"]>[0]): Promise<void> {
  await world.servers.ensure();
  if (world.backend === "redis") {
    await world.servers.redis("CONFIG", "SET", "maxmemory", "0");
    await world.servers.redis("REPLICAOF", "NO", "ONE");
  }
  await world.heal(apps);
}

interface Drained {
  readonly drainMs: number;
  readonly busyLast: string;
}

/** Waits for rest, without a hand on anything. Returns how long it took; past the bound it says what was still busy. */
async function drain(world: World, drainMsMax: number, faulty: string[]): Promise<Drained> {
  const startedAt = Date.now();
  let restedAt: number | undefined;
  let busyLast = "";
  for (;;) {
    // A server that is taken over from right now cannot be asked.
    const busy = await Promise.all([unrest(world), untold(world)]).then(
      (all) => all.flat(),
      (error: unknown) => [`not to be asked: ${String(error)}`],
    );
    const now = Date.now();
    if (busy.length > 0) {
      restedAt = undefined;
      busyLast = busy.join("; ");
    } else restedAt ??= now;
    if (restedAt !== undefined && now - restedAt >= restMs) return { drainMs: restedAt - startedAt, busyLast };
    if (now - startedAt > drainMsMax) {
      faulty.push(`not drained within ${drainMsMax / 1_000} s of healing: ${busy.join("; ")}`);
      return { drainMs: now - startedAt, busyLast };
    }
    await sleep(drainedPollMs);
  }
}

function verdictInWords({ lost, duplicated, unexpected, broken }: Verdict): string[] {
  return [
    ...lost.map((text) => `lost: ${text}`),
    ...duplicated.map((text) => `duplicated: ${text}`),
    ...unexpected.map((text) => `unexpected: ${text}`),
    ...broken,
  ];
}
