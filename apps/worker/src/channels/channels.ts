// Flow 3, step 2, in a worker: after each change of the ledger the levels get their numbers, and the channels that are behind are told what is
// due: here at once, or by a job of the queue where this process has them in hand or enough of them.
import { beginDailyMaps, channelsToWake, isOutage, spreadChanges } from "@inventory-sync/db";
import { consume, done, type Fate, type JobContext } from "@inventory-sync/queue";
import { withinMs } from "@inventory-sync/runtime";
import { deferOnOutage } from "../outage.ts";
import type { ResetParts } from "../resets/parts.ts";
import { type LaneEnd, workOnChannel } from "./lane.ts";
import { type LaneParts, type OpenChannel, openChannels } from "./open-channels.ts";
import { createPacer, createSpareTime } from "./spare-time.ts";

type Parts = Pick<ResetParts, "database" | "queues" | "config" | "metrics" | "log">;

const CHANNELS_AT_ONCE_MAX = 8;
/** A channel is woken once in so long for the same number. */
const WAKE_AGAIN_MS = 1_000;

export type Channels = ReturnType<typeof startChannels>;

/** Of a process that tells none: one that does finds what changed in its next round. */
export const noChannels: Channels = {
  wake: () => undefined,
  giveWay: () => undefined,
  round: async () => undefined,
  close: async () => undefined,
};

/** Starts telling the channels of CHANNELS_FILE. */
export function startChannels(parts: Parts) {
  const { database, queues, config, metrics, log } = parts;
  const stopping = new AbortController();
  const open = openChannels(config.CHANNELS_FILE ?? `${config.DATA_DIR}/channels.json`, { database, log });
  const spare = createSpareTime();
  const laneParts: LaneParts = { database, log, spare, stopping: stopping.signal, follow: queues.traces?.follow };
  const workOn = async (channel: OpenChannel): Promise<{ outcome: LaneEnd; told: number }> => {
    const { end, told } = await workOnChannel(laneParts, channel);
    if (end === "goes on") await queues.wakeChannel(channel.settings.name, `${Date.now()}`);
    return { outcome: end, told };
  };
  const handler = async (job: JobContext<"channels">): Promise<Fate> => {
    await open.refresh();
    const channel = open.get(job.payload.channel);
    if (channel === undefined) return done({ outcome: "the channel is not told anything" });
    return done(await workOn(channel));
  };
  const here = new Map<string, Promise<void>>();
  /** Tells a channel in this process, without the way through the queue. @returns false when that is another one's */
  const tellHere = (name: string): boolean => {
    const channel = open.get(name);
    // One that is about to end here may have looked for the last time already: the queue brings it back.
    if (stopping.signal.aborted || here.has(name) || here.size >= CHANNELS_AT_ONCE_MAX) return false;
    if (channel === undefined) return false;
    const working = workOn(channel)
      .then(() => undefined)
      // What went wrong with the target stands with the channel; the round that comes every few seconds does the rest again.
      .catch((error: unknown) =>
        log[isOutage(error) ? "debug" : "warn"]({ err: error, channel: name }, "a channel could not be told"),
      )
      .finally(() => here.delete(name));
    here.set(name, working);
    return true;
  };
  const consumer = consume(queues, "channels", deferOnOutage(handler), {
    concurrency: CHANNELS_AT_ONCE_MAX,
    ...metrics.listeners,
  });
  const pacer = createPacer(
    async () => {
      const spread = await spreadChanges(database);
      if (spread === undefined || spread.marked > 0) await wakeThose(parts, tellHere);
      return spread?.isMore ?? false;
    },
    { spare, log },
  );
  return {
    giveWay: spare.giveWay,
    /** The ledger may have changed: tell the channels soon. Costs nothing when called often. */
    wake: (): void => {
      // Without channels a sale notes nothing, so there is nothing to number.
      if (open.isAny()) pacer.wake();
    },
    /** The same for what another process changed, or what was missed; called every few seconds. */
    round: async function keepChannels(): Promise<void> {
      await open.refresh();
      await spreadChanges(database);
      await beginDailyMaps(database.pool);
      await wakeThose(parts);
    },
    close: async ({ graceMs }: { readonly graceMs: number }): Promise<void> => {
      pacer.stop();
      stopping.abort();
      await consumer.close({ graceMs });
      await withinMs(graceMs, Promise.all(here.values())).catch(() => undefined);
      await open.close();
    },
  };
}

/** @param tellHere takes those that it may, the queue has the others */
async function wakeThose(
  { database, queues }: Parts,
  tellHere: (name: string) => boolean = () => false,
): Promise<void> {
  // With the time: a try after a failure, or a compare that is due, has no newer number, and the queue still knows the job of the last one.
  const at = Math.floor(Date.now() / WAKE_AGAIN_MS);
  for (const { name, newest } of await channelsToWake(database.pool))
    if (!tellHere(name)) await queues.wakeChannel(name, `${newest}-${at}`);
}
