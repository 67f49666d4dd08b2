// The work of one worker process: of sales, counts, channels and upkeep those that its roles name.
import { consume } from "@inventory-sync/queue";
import { type Channels, noChannels, startChannels } from "./channels/channels.ts";
import { deferOnOutage } from "./outage.ts";
import { applyPosEvents } from "./pos-events/apply-pos-events.ts";
import { adaptiveConcurrency } from "./resets/adaptive-concurrency.ts";
import { takeFacilityResets } from "./resets/facility-resets.ts";
import type { ResetParts } from "./resets/parts.ts";
import { driveReset } from "./resets/reset.ts";
import { prepareInboxes, runWaiting } from "./resets/run-waiting.ts";
import type { Role } from "./roles.ts";
import type { ActivityParts } from "./upkeep/activity.ts";
import type { AlarmParts } from "./upkeep/alarm-watches.ts";
import { startUpkeep } from "./upkeep/upkeep.ts";

const RESETS_AT_ONCE_MAX = 2;
/** A batch of so many events: sales wait for each other. At 500 a second 50 come together in any tenth of a second, which is no backlog. */
const WAITING_EVENTS_MIN = 150;

export type WorkerParts = ResetParts & ActivityParts & Pick<AlarmParts, "replica">;

/** Begins the work of these roles. */
export function beginWork(parts: WorkerParts, roles: ReadonlySet<Role>) {
  const channels = roles.has("channels") ? startChannels(parts) : noChannels;
  const resets = roles.has("resets") ? takeResets(parts, channels) : undefined;
  const onSales = (events: number) => {
    resets?.onSales();
    if (events >= WAITING_EVENTS_MIN) channels.giveWay();
    channels.wake();
  };
  const events = roles.has("events") ? [applyPosEvents(parts, onSales)] : [];
  const upkeep = roles.has("upkeep") ? startUpkeep(parts, channels) : undefined;
  // Not waited for: a server that is away must not keep sales waiting.
  if (resets) void prepareInboxes(parts);
  return {
    /** Takes nothing new, and waits for what is under way, `graceMs` at most. */
    stop: async (limits: { readonly graceMs: number }): Promise<void> => {
      await upkeep?.stop();
      await channels.close(limits);
      await Promise.all([...events, ...(resets?.consumers ?? [])].map((consumer) => consumer.close(limits)));
      resets?.stop();
    },
  };
}

/** Takes resets and their facilities, fewer at once while sales come. */
function takeResets(parts: WorkerParts, channels: Pick<Channels, "wake" | "giveWay">) {
  const { queues, config, metrics } = parts;
  const resets = consume(
    queues,
    "resets",
    deferOnOutage((job) =>
      job.payload.kind === "run" ? runWaiting(parts, job.payload.runKey, job) : driveReset(parts, job.payload, job),
    ),
    { concurrency: RESETS_AT_ONCE_MAX, ...metrics.listeners },
  );
  const most = config.FACILITY_RESETS_AT_ONCE_MAX;
  const facilities = takeFacilityResets(parts, { most, before: channels.giveWay, after: channels.wake });
  const { onSales, stop } = adaptiveConcurrency(facilities, { most });
  return { consumers: [resets, facilities], onSales, stop };
}
