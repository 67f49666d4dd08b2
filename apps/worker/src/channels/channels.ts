// Flow 3, step 2, in a worker: after each change of the ledger the levels get their numbers, the channels that are behind are woken through the
// queue, and a job tells one of them what is due.
import { beginDailyMaps, channelsToWake, spreadChanges } from "@inventory-sync/db";
import { type Consumer, consume, done, type Fate, type JobContext } from "@inventory-sync/queue";
import { deferOnOutage } from "../outage.ts";
import type { ResetParts } from "../resets/parts.ts";
import { workOnChannel } from "./lane.ts";
import { type LaneParts, type OpenChannels, openChannels } from "./open-channels.ts";
import { createSpareTime } from "./spare-time.ts";

type Parts = Pick<ResetParts, "database" | "queues" | "config" | "metrics" | "log">;

/** Channels that one worker tells at once. */
const CHANNELS_AT_ONCE_MAX = 8;
/** Of the time of one connection, numbering may take one part in so many: sales go first. */
const SHARE_OF_TIME = 10;
const PAUSE_MS_MIN = 20;
/** A channel is woken once in so long for the same number. */
const WAKE_AGAIN_MS = 1_000;

export interface Channels {
  /** The ledger may have changed: tell the channels soon. Costs nothing when called often. */
  wake(): void;
  /** Other work of this process waits: the channels give way to it for a moment. */
  giveWay(): void;
  /** The same for what another process changed, or what was missed; called every few seconds. */
  round(): Promise<void>;
  close(limits: { graceMs: number }): Promise<void>;
}

/** Of a process that tells none: one that does finds what changed in its next round. */
export const noChannels: Channels = {
  wake: () => undefined,
  giveWay: () => undefined,
  round: async () => undefined,
  close: async () => undefined,
};

/** Starts telling the channels of CHANNELS_FILE. */
export function startChannels(parts: Parts): Channels {
  const { database, queues, config, metrics, log } = parts;
  const stopping = new AbortController();
  const open: OpenChannels = openChannels(config.CHANNELS_FILE ?? `${config.DATA_DIR}/channels.json`, {
    database,
    log,
  });
  const spare = createSpareTime();
  const laneParts: LaneParts = { database, log, spare, stopping: stopping.signal };
  const handler = async (job: JobContext<"channels">): Promise<Fate> => {
    await open.refresh();
    const channel = open.get(job.payload.channel);
    if (channel === undefined) return done({ outcome: "the channel is not told anything" });
    const { end, told } = await workOnChannel(laneParts, channel);
    if (end === "goes on") await queues.wakeChannel(job.payload.channel, `${Date.now()}`);
    return done({ outcome: end, told });
  };
  const consumer: Consumer = consume(queues, "channels", deferOnOutage(handler), {
    concurrency: CHANNELS_AT_ONCE_MAX,
    ...metrics.listeners,
  });
  const pacer = createPacer(async () => {
    const spread = await spreadChanges(database);
    if (spread === undefined || spread.marked > 0) await wakeThose(parts);
    return spread?.isMore ?? false;
  }, log);
  return {
    // Without channels a sale notes nothing, so there is nothing to number.
    giveWay: spare.giveWay,
    wake: () => {
      if (open.isAny()) pacer.wake();
    },
    round: async function keepChannels() {
      await open.refresh();
      await spreadChanges(database);
      await beginDailyMaps(database.pool);
      await wakeThose(parts);
    },
    close: async ({ graceMs }) => {
      pacer.stop();
      stopping.abort();
      await consumer.close({ graceMs });
      await open.close();
    },
  };
}

async function wakeThose({ database, queues }: Parts): Promise<void> {
  // With the time: a try after a failure, or a compare that is due, has no newer number, and the queue still knows the job of the last one.
  const at = Math.floor(Date.now() / WAKE_AGAIN_MS);
  for (const { name, newest } of await channelsToWake(database.pool)) await queues.wakeChannel(name, `${newest}-${at}`);
}

/** Runs `work` soon after a call, never twice at once, and so that it takes a small share of the time. */
function createPacer(work: () => Promise<boolean>, log: Parts["log"]): { wake(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let isWanted = false;
  let isStopped = false;
  let notBefore = 0;
  const plan = (): void => {
    if (isRunning || isStopped || timer !== undefined) return;
    timer = setTimeout(() => void runOnce(), Math.max(0, notBefore - performance.now()));
  };
  const runOnce = async (): Promise<void> => {
    timer = undefined;
    isRunning = true;
    isWanted = false;
    const startedAt = performance.now();
    try {
      isWanted = (await work()) || isWanted;
    } catch (error) {
      // The round that comes every few seconds does it again.
      log.debug({ err: error }, "channels could not be woken");
    }
    const tookMs = performance.now() - startedAt;
    notBefore = performance.now() + Math.max(PAUSE_MS_MIN, tookMs * (SHARE_OF_TIME - 1));
    isRunning = false;
    if (isWanted) plan();
  };
  return {
    wake: () => {
      isWanted = true;
      plan();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
