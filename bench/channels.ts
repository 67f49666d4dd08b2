// B16 and B17: what three channels cost. One worker drains the events of B1 and applies the reset of B6 with three shops that are told
// every level, against the same without channels; and how long after a sale is on hand all three shops have confirmed it.
import { alternate } from "./support/alternate.ts";
import { channelNames, channelsKept, channelsTold, configureChannels, startLevelShop } from "./support/channels.ts";
import { clientKey, writeClients } from "./support/clients.ts";
import { costInWords, costOfEvents, type EventCost } from "./support/cpu.ts";
import { drain, fill, pauseEvents, singly } from "./support/drain.ts";
import { createCatalogue, facilityName, saleOf, skuOf, wireSale } from "./support/events.ts";
import { openLoad } from "./support/http-load.ts";
import { figureOf, type Measure, percentile, type Result, ratioOf } from "./support/measure.ts";
import { confirmed, tookOf, watchProbes } from "./support/probes.ts";
import { startIngest, startWorker } from "./support/processes.ts";
import { putSnapshot, runReset } from "./support/snapshots.ts";
import type { Installation, Stand } from "./support/stand.ts";

const [eventsFull, productsFull, secondsFull] = [50_000, 2_000, 20];
const perSecond = 100;
const connections = 16;
const retailer = { facilities: 50, products: 2_000 };
const changedEvery = 20;
const hourMs = 3_600_000;
/** A loss of a twentieth at most, of rate or of time. */
const lossMax = 0.05;
const laterMsMax = 300;

type Mode = "none" | "off" | "live";

/** Runs `work` with a worker whose channels are in a mode, and the shop that they tell. */
async function withChannels<T>(
  stand: Stand,
  mode: Mode,
  work: (on: Installation, start: () => ReturnType<typeof startWorker>) => Promise<T>,
): Promise<T> {
  const shop = await startLevelShop();
  try {
    return await stand.using((on) =>
      work(on, async () => {
        if (mode !== "none") await configureChannels(on, shop, mode);
        const worker = await startWorker(on);
        if (mode !== "none") await channelsKept(on);
        return worker;
      }),
    );
  } finally {
    await shop.shop.kill();
  }
}

interface Drained {
  readonly rate: number;
  readonly cpu: EventCost;
  /** Until the shops had all of it, after the queue was empty. */
  readonly toldMs: number;
}

const drained = (stand: Stand, events: number, mode: Mode): Promise<Drained> =>
  withChannels(stand, mode, async (on, start) => {
    await createCatalogue(on, retailer);
    await pauseEvents(on);
    await fill(
      on,
      singly(events, (n) => saleOf("sale", n, retailer)),
    );
    const worker = await start();
    const pids = { worker: worker.pid, postgres: stand.postgresPid, redis: stand.redisPid };
    const { result: seconds, cpu } = await costOfEvents(events, pids, () => drain(on));
    const toldMs = mode === "live" ? await channelsTold(on) : 0;
    await worker.stop();
    return { rate: events / seconds, cpu, toldMs };
  });

/** Seconds of a reset with one level in twenty changed. */
const reset = (stand: Stand, products: number, mode: Mode): Promise<number> =>
  withChannels(stand, mode, async (on, start) => {
    const shape = { facilities: retailer.facilities, products };
    const worker = await start();
    await runReset(on, await putSnapshot(on, { ...shape, asOf: new Date(Date.now() - 2 * hourMs) }));
    if (mode === "live") await channelsTold(on);
    await on.database.pool.query("vacuum (analyze)");
    const file = await putSnapshot(on, { ...shape, changedEvery, asOf: new Date(Date.now() - hourMs) });
    const { totalMs } = await runReset(on, file);
    if (mode === "live") await channelsTold(on);
    await worker.stop();
    return totalMs / 1_000;
  });

interface Times {
  readonly onHand: number;
  readonly confirmed: number;
}

/** Milliseconds from POST, 99th percentile. Each sale is the first of its level, so that its confirmation is told from others'. */
const untilConfirmed = (stand: Stand, seconds: number): Promise<Times> =>
  withChannels(stand, "live", async (on, start) => {
    await createCatalogue(on, retailer);
    const [worker, ingest] = await Promise.all([start(), startIngest(on, await writeClients(on))]);
    const post = { port: ingest.port, path: "/v1/events", key: clientKey };
    const probes = await Promise.all([watchProbes(on.databaseUrl), watchProbes(on.databaseUrl, confirmed)]);
    const placeOf = (n: number) => facilityName(n % retailer.facilities);
    const body = (n: number): string => {
      const lines = [{ sku: skuOf(Math.floor(n / retailer.facilities) % retailer.products), quantity: 1 }];
      return JSON.stringify({ ...wireSale("sale", n, retailer), facilityId: placeOf(n), lines });
    };
    const onSent = (n: number, dueAt: number): void => {
      for (const each of probes) each.sent(placeOf(n), `sale-${n}`, dueAt);
    };
    await openLoad(post, { perSecond, seconds, connections, body, onSent });
    const [seen = [], told = []] = await Promise.all(probes.map(async (each) => tookOf(await each.finish())));
    for (const each of probes) await each.stop();
    await Promise.all([worker.stop(), ingest.stop()]);
    return { onHand: percentile(seen, 0.99), confirmed: percentile(told, 0.99) };
  });

export const channels: Measure = {
  name: "channels",
  ids: ["B16", "B17"],
  run: async (stand, sizes) => {
    const [events, products] = [sizes.of(eventsFull, 300), sizes.of(productsFull, 20)];
    const many = `${channelNames.length} channels`;
    const drains = await alternate(
      {
        live: () => drained(stand, events, "live"),
        none: () => drained(stand, events, "none"),
        off: () => drained(stand, events, "off"),
      },
      { rounds: sizes.rounds, practice: false },
    );
    const rates = (of: readonly Drained[]): number[] => of.map(({ rate }) => rate);
    const drainRow = (id: string, what: string, product: readonly Drained[]): Result => ({
      ...{ id, what: `${events} queued one-line events, one worker, ${what}`, unit: "events/s" },
      ...{ product: figureOf(rates(product)), reference: figureOf(rates(drains.none)) },
      ...{ ratio: ratioOf(rates(product), rates(drains.none)), referenceIs: "the same without channels" },
      target: { ratioMin: 1 - lossMax },
      notes: [costInWords("with channels", product), costInWords("without", drains.none)],
    });
    const resets = await alternate(
      { live: () => reset(stand, products, "live"), none: () => reset(stand, products, "none") },
      { rounds: sizes.rounds, practice: false },
    );
    const times: Times[] = [];
    for (let round = 0; round < sizes.rounds; round += 1)
      times.push(await untilConfirmed(stand, sizes.of(secondsFull, 2)));
    const [own, other] = [times.map((each) => each.confirmed), times.map((each) => each.onHand)];
    const later = times.map((each) => each.confirmed - each.onHand);
    const live = drainRow("B16", `${many} told meanwhile`, drains.live);
    const toldMs = drains.live.map((each) => Math.round(each.toldMs)).join(", ");
    return [
      drainRow("B16n", `${many} that are off: what changes is noted`, drains.off),
      { ...live, notes: [...(live.notes ?? []), `all told, after the queue was empty: ${toldMs} ms`] },
      {
        ...{ id: "B16r", what: `reset of ${retailer.facilities * products} rows, 5 % changed, ${many}`, unit: "s" },
        ...{ product: figureOf(resets.live), reference: figureOf(resets.none) },
        ...{ ratio: ratioOf(resets.live, resets.none), referenceIs: "the same without channels" },
        target: { ratioMax: 1 + lossMax },
      },
      {
        ...{ id: "B17", what: `p99 from POST to confirmed by ${many}, beyond that to on hand, ${perSecond} events/s` },
        ...{ unit: "ms", product: figureOf(later), reference: figureOf(other), ratio: ratioOf(own, other) },
        ...{ referenceIs: "p99 from POST to on hand, of the same sales", target: { productMax: laterMsMax } },
      },
    ];
  },
};
