// What the board tells at /metrics of the queues and of how stock stands. Stock is asked of the database at a scrape, at most
// every 15 seconds, since anybody who reaches the port may scrape.
import type { Database } from "@inventory-sync/db";
import { type ChannelSeen, channelsNow, readStanding, rejectsByCode, type Standing } from "@inventory-sync/operator";
import type { Queues } from "@inventory-sync/queue";
import { cached, Gauge, type Logger, type Registry, withinMs } from "@inventory-sync/runtime";

const ASK_MS_MAX = 2_000;
const REMEMBERED_MS = 15_000;
/** A series for each; the ones whose counts are oldest come first. */
const FACILITIES_MAX = 1_000;
const MS_A_SECOND = 1_000;

type Told = Standing & {
  readonly rejected: Awaited<ReturnType<typeof rejectsByCode>>;
  readonly channels: readonly ChannelSeen[];
};

interface StandingGauge {
  readonly name: string;
  readonly help: string;
  /** The label that tells its series apart; without it there is one series, or none. */
  readonly label?: string;
  /** Whether it names facilities, and so is told to those only who are known to the board. */
  readonly namesFacilities?: true;
  /** The value of each series, under the value of its label. */
  values(told: Told): readonly (readonly [series: string, value: number])[];
}

const standingGauges: readonly StandingGauge[] = [
  {
    name: "inventory_facilities_needing_attention",
    help: "Facilities whose reset is held by a guard, or failed and was not followed by a later one",
    label: "state",
    values: ({ attention }) => (["held", "failed"] as const).map((state) => [state, attention[state]]),
  },
  {
    name: "inventory_snapshot_age_seconds",
    help: "Age of the oldest count that a facility's stock rests on; facilities counted in the last 30 days",
    values: ({ snapshots }) => snapshots.slice(0, 1).map(({ asOf }) => ["", ageS(asOf)]),
  },
  {
    name: "inventory_facility_snapshot_age_seconds",
    help: `Age of the count that a facility's stock rests on; facilities counted in the last 30 days, the ${FACILITIES_MAX} oldest`,
    label: "facility",
    namesFacilities: true,
    values: ({ snapshots }) => snapshots.map(({ facilityId, asOf }) => [facilityId, ageS(asOf)]),
  },
  {
    name: "inventory_last_reset_step_seconds",
    help: "How long each step of the reset that ended last took",
    label: "step",
    values: ({ lastReset }) =>
      Object.entries(lastReset?.timings ?? {}).map(([step, ms]) => [step.replace(/Ms$/, ""), ms / MS_A_SECOND]),
  },
  {
    name: "inventory_last_reset_finished_timestamp_seconds",
    help: "When the reset that ended last did so, in seconds since 1970",
    values: ({ lastReset }) => (lastReset ? [["", lastReset.finishedAt.getTime() / MS_A_SECOND]] : []),
  },
  {
    name: "inventory_last_reset_facilities",
    help: "Facilities of the reset that ended last, by what became of them",
    label: "state",
    values: ({ lastReset }) => Object.entries(lastReset?.facilities ?? {}),
  },
  {
    name: "inventory_last_reset_rows",
    help: "Rows of the reset that ended last: all of them under the code ALL, rejected ones under their codes",
    label: "code",
    values: ({ lastReset, rejected }) =>
      lastReset ? [["ALL", lastReset.rows], ...rejected.map(({ code, rows }) => [code, rows] as const)] : [],
  },
  ofChannels(
    "inventory_channel_pending",
    "Levels that a channel has not been told yet; counted up to a million",
    ({ pending }) => pending,
  ),
  ofChannels(
    "inventory_channel_oldest_pending_seconds",
    "How long the change that waits longest for a channel has done so",
    ({ oldestPendingSeconds }) => oldestPendingSeconds ?? 0,
  ),
  ofChannels(
    "inventory_channel_published",
    "Levels that a channel's target has confirmed, in all; of a feed those that it was given, each time",
    ({ published }) => published,
  ),
  ofChannels("inventory_channel_problems", "Levels that a channel has set aside", ({ problems }) => problems),
];

function ofChannels(name: string, help: string, of: (channel: ChannelSeen) => number): StandingGauge {
  return { name, help, label: "channel", values: ({ channels }) => channels.map((each) => [each.name, of(each)]) };
}

/**
 * Registers the gauges. While the database is away they are missing.
 * @param registries `open` is told to everybody and names no facility, `known` only to those who are known to the board
 */
export function registerStandingMetrics(
  registries: { readonly open: Registry; readonly known: Registry },
  database: Database,
  log: Logger,
): void {
  const standing = remembered(database, log);
  for (const { name, help, label, namesFacilities, values } of standingGauges) {
    new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [namesFacilities ? registries.known : registries.open],
      async collect() {
        this.reset();
        // A gauge without labels is at zero then, which would be a value.
        if (label === undefined) this.remove({});
        const told = await standing();
        for (const [series, value] of told ? values(told) : []) {
          if (label === undefined) this.set(value);
          else this.set({ [label]: series }, value);
        }
      },
    });
  }
}

function ageS(asOf: Date): number {
  return (Date.now() - asOf.getTime()) / MS_A_SECOND;
}

/** One question for all gauges of a scrape, and for the scrapes of the next seconds. */
function remembered(database: Database, log: Logger): () => Promise<Told | undefined> {
  let counted: { readonly resetId: string; readonly rejected: Told["rejected"] } | undefined;
  const ask = async (): Promise<Told> => {
    const standing = await readStanding(database, { facilitiesMax: FACILITIES_MAX });
    const resetId = standing.lastReset?.id;
    if (resetId !== undefined && counted?.resetId !== resetId) {
      counted = { resetId, rejected: await rejectsByCode(database, resetId) };
    }
    return { ...standing, rejected: counted?.rejected ?? [], channels: await channelsNow(database) };
  };
  const latest = cached(REMEMBERED_MS, () =>
    withinMs(ASK_MS_MAX, ask()).catch((error: unknown) => {
      log.debug({ err: error }, "how stock stands could not be asked for metrics");
      return undefined;
    }),
  );
  return () => latest(database);
}

/** Registers the depth of the queues, looked up at a scrape; while the queue is away those numbers are missing. */
export function registerQueueMetrics(registry: Registry, queues: Queues): void {
  const oldest = new Gauge({
    name: "inventory_queue_oldest_waiting_seconds",
    help: "Age of the job that waits longest",
    labelNames: ["queue"],
    registers: [registry],
  });
  new Gauge({
    name: "inventory_queue_jobs",
    help: "Jobs by queue and state",
    labelNames: ["queue", "state"],
    registers: [registry],
    async collect() {
      this.reset();
      oldest.reset();
      const counts = await withinMs(ASK_MS_MAX, queues.counts()).catch(() => undefined);
      for (const [queue, { oldestWaitingMs, away, ...states }] of Object.entries(counts ?? {})) {
        for (const [state, count] of Object.entries(states)) this.set({ queue, state }, count);
        oldest.set({ queue }, (oldestWaitingMs ?? 0) / 1000);
      }
    },
  });
}
