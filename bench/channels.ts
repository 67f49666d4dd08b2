// B16: what three channels cost. One worker drains the events of B1 and applies the reset of B6 with three shops that are told every level,
// against the same without channels.
import { alternate } from "./support/alternate.ts";
import { channelNames, channelsTold, type Mode, withChannels } from "./support/channels.ts";
import { costInWords, costOfEvents, type EventCost } from "./support/cpu.ts";
import { drain, fill, pauseEvents, singly } from "./support/drain.ts";
import { createCatalogue, saleOf } from "./support/events.ts";
import { figureOf, type Measure, type Result, ratioOf } from "./support/measure.ts";
import { putSnapshot, runReset } from "./support/snapshots.ts";
import type { Stand } from "./support/stand.ts";

const [eventsFull, productsFull] = [50_000, 2_000];
const retailer = { facilities: 50, products: 2_000 };
const changedEvery = 20;
const hourMs = 3_600_000;
/** A loss of a twentieth at most, of rate or of time. */
const lossMax = 0.05;

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

export const channels: Measure = {
  name: "channels",
  ids: ["B16"],
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
    ];
  },
};
