// What the board tells of how stock stands, for /metrics: asked of the database when somebody scrapes, at most every 15 seconds,
// since anybody who reaches the port may scrape.
import { type Database, readStanding, rejectedByCode, type Standing } from "@inventory-sync/db";
import { Gauge, type Logger, type Registry, withinMs } from "@inventory-sync/runtime";

const ASK_MS_MAX = 2_000;
const REMEMBERED_MS = 15_000;
/** A series for each; the ones whose counts are oldest come first. */
const FACILITIES_MAX = 1_000;
const MS_A_SECOND = 1_000;

type Told = Standing & { readonly rejected: Awaited<ReturnType<typeof rejectedByCode>> };

/**
 * Registers the gauges. While the database is away they are missing.
 * @param registries `open` is told to everybody and names no shop, `known` only to those who are known to the board
 */
export function registerStandingMetrics(
  registries: { readonly open: Registry; readonly known: Registry },
  database: Database,
  log: Logger,
): void {
  const gauge = gaugesOf(registries.open, remembered(database, log));
  gauge(
    "inventory_facilities_needing_attention",
    "Facilities whose reset is held by a guard, or failed and was not followed by a later one",
    "state",
    (each, { attention }) => {
      for (const state of ["held", "failed"] as const) each.set({ state }, attention[state]);
    },
  );
  gauge(
    "inventory_snapshot_age_seconds",
    "Age of the oldest count that a facility's stock rests on; facilities counted in the last 30 days",
    undefined,
    (each, { snapshots: [oldest] }) => {
      if (oldest) each.set(ageS(oldest.asOf));
      else each.remove({});
    },
  );
  gauge(
    "inventory_facility_snapshot_age_seconds",
    `Age of the count that a facility's stock rests on; facilities counted in the last 30 days, the ${FACILITIES_MAX} oldest`,
    "facility",
    (each, { snapshots }) => {
      for (const { facilityId, asOf } of snapshots) each.set({ facility: facilityId }, ageS(asOf));
    },
    registries.known,
  );
  lastResetGauges(gauge);
}

type AddGauge = (
  name: string,
  help: string,
  label: string | undefined,
  tell: (gauge: Gauge, told: Told) => void,
  registry?: Registry,
) => void;

/** Makes what registers gauges that are asked of the database when somebody scrapes. */
function gaugesOf(open: Registry, standing: () => Promise<Told | undefined>): AddGauge {
  return (name, help, label, tell, registry = open) =>
    void new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
      async collect() {
        this.reset();
        const told = await standing();
        if (told) tell(this, told);
        else this.remove({});
      },
    });
}

function lastResetGauges(gauge: AddGauge): void {
  gauge(
    "inventory_last_reset_step_seconds",
    "How long each step of the reset that ended last took",
    "step",
    (each, { lastReset }) => {
      for (const [step, ms] of Object.entries(lastReset?.timings ?? {})) {
        each.set({ step: step.replace(/Ms$/, "") }, ms / MS_A_SECOND);
      }
    },
  );
  gauge(
    "inventory_last_reset_finished_timestamp_seconds",
    "When the reset that ended last did so, in seconds since 1970",
    undefined,
    (each, { lastReset }) => {
      if (lastReset) each.set(lastReset.finishedAt.getTime() / MS_A_SECOND);
      else each.remove({});
    },
  );
  gauge(
    "inventory_last_reset_facilities",
    "Facilities of the reset that ended last, by what became of them",
    "state",
    (each, { lastReset }) => {
      for (const [state, count] of Object.entries(lastReset?.facilities ?? {})) each.set({ state }, count);
    },
  );
  gauge(
    "inventory_last_reset_rows",
    "Rows of the reset that ended last: all of them under the code ALL, rejected ones under their codes",
    "code",
    (each, { lastReset, rejected }) => {
      if (!lastReset) return;
      each.set({ code: "ALL" }, lastReset.rows);
      for (const { code, rows } of rejected) each.set({ code }, rows);
    },
  );
}

function ageS(asOf: Date): number {
  return (Date.now() - asOf.getTime()) / MS_A_SECOND;
}

/** One question for all gauges of a scrape, and for the scrapes of the next seconds. */
function remembered(database: Database, log: Logger): () => Promise<Told | undefined> {
  let last: { readonly at: number; readonly told: Promise<Told | undefined> } | undefined;
  let counted: { readonly resetId: string; readonly rejected: Told["rejected"] } | undefined;
  const ask = async (): Promise<Told> => {
    const standing = await readStanding(database, { facilitiesMax: FACILITIES_MAX });
    const resetId = standing.lastReset?.id;
    if (resetId !== undefined && counted?.resetId !== resetId) {
      counted = { resetId, rejected: await rejectedByCode(database, resetId) };
    }
    return { ...standing, rejected: counted?.rejected ?? [] };
  };
  return () => {
    if (last === undefined || performance.now() - last.at > REMEMBERED_MS) {
      const told = withinMs(ASK_MS_MAX, ask()).catch((error: unknown) => {
        log.debug({ err: error }, "how stock stands could not be asked for metrics");
        return undefined;
      });
      last = { at: performance.now(), told };
    }
    return last.told;
  };
}
