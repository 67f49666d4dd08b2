// ops shards: the shards of the queue of events, each by itself: what waits in it, who works on it, and which are left over.
import { plural } from "@inventory-sync/domain";
import type { ShardSeen } from "@inventory-sync/queue";
import { type Command, exitCodes, withQueues } from "./command.ts";

const MS_PER_S = 1_000;

export const shards: Command = {
  name: "shards",
  summary:
    "shows the shards of the queue of events (EVENT_SHARDS), with what waits in each and how many workers take it; exits 1 when one waits " +
    "for a worker or cannot be asked",
  async run(run) {
    const { eventShards } = run.addresses;
    const seen = await withQueues(run, (queues) => queues.shards());
    const found = seen.map((shard) => ({
      ...shard,
      isLeftOver: eventShards !== undefined && shard.shard >= eventShards,
    }));
    run.out.document({ shards: found });
    const header = ["shard", "waiting", "active", "deferred", "failed", "oldest waits", "workers", ""];
    run.out.table(
      header,
      found.map((shard) => [shard.name, ...figures(shard), remark(shard)]),
    );
    const left = found.filter(({ isLeftOver }) => isLeftOver);
    if (left.length > 0)
      run.out.say(
        `EVENT_SHARDS is ${eventShards} here: ${plural(left.length, "shard is", "shards are")} left over from a larger number. Workers empty them.`,
      );
    return found.some(needsSomebody) ? exitCodes.found : exitCodes.ok;
  },
};

function figures({ counts, workers }: ShardSeen): (string | number)[] {
  const { waiting = "?", active = "?", delayed = "?", failed = "?", oldestWaitingMs: age = null } = counts ?? {};
  return [waiting, active, delayed, failed, age === null ? "–" : `${Math.round(age / MS_PER_S)} s`, workers ?? "?"];
}

/** Whether it does not answer, or has jobs and nobody to do them. */
function needsSomebody({ counts, workers }: ShardSeen): boolean {
  return counts === undefined || (workers === 0 && counts.waiting + counts.delayed > 0);
}

function remark(shard: ShardSeen & { readonly isLeftOver: boolean }): string {
  if (shard.away !== undefined) return `cannot be asked: ${shard.away}`;
  if (needsSomebody(shard)) return "no worker takes it";
  return shard.isLeftOver ? "left over" : "";
}
