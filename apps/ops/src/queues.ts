// ops queues: how much waits, runs and has failed. ops shards: the shards of the queue of events, each by itself: what waits in it, who works
// on it, and which are left over.
import { plural } from "@inventory-sync/domain";
import type { ShardSeen } from "@inventory-sync/queue";
import { type Command, exitCodes } from "./command.ts";

const MS_PER_S = 1_000;

const queues: Command = {
  name: "queues",
  summary:
    "counts the jobs of every queue by state, and says how safe accepted jobs are; exits 1 when jobs have failed",
  async run(run) {
    const { counts, durability, kind } = await run.withQueues(async (open) => {
      return { counts: await open.counts(), durability: await open.durability(), kind: open.kind };
    });
    run.out.document({ backend: kind, durability, queues: counts });
    const rows = Object.entries(counts).map(([name, each]) => [
      name,
      each.waiting,
      each.active,
      each.delayed,
      each["waiting-children"],
      each.failed,
      each.completed,
      secondsText(each.oldestWaitingMs),
    ]);
    const header = ["queue", "waiting", "active", "deferred", "parents", "failed", "completed", "oldest waits"];
    run.out.table(header, rows);
    run.out.say(`On ${kind}: ${durability.durability}${durability.ok ? "" : " — ACCEPTED JOBS COULD BE LOST"}`);
    for (const warning of durability.warnings) run.out.say(warning);
    const { away } = counts.events;
    if (away) run.out.say(`Not counted, for they do not answer: ${away.join(", ")}.`);
    const isCalm = durability.ok && Object.values(counts).every(({ failed }) => failed === 0);
    return isCalm ? exitCodes.ok : exitCodes.found;
  },
};

function secondsText(ms: number | null): string {
  return ms === null ? "–" : `${Math.round(ms / MS_PER_S)} s`;
}

const shards: Command = {
  name: "shards",
  summary:
    "shows the shards of the queue of events (EVENT_SHARDS), with what waits in each and how many workers take it; exits 1 when one waits " +
    "for a worker or cannot be asked",
  async run(run) {
    const { eventShards } = run.addresses;
    const seen = await run.withQueues((queues) => queues.shards());
    const found = seen.map((shard) => ({
      ...shard,
      isLeftOver: eventShards !== undefined && shard.shard >= eventShards,
    }));
    run.out.document({ shards: found });
    const header = ["shard", "waiting", "active", "deferred", "failed", "oldest waits", "workers", ""];
    const rows = found.map((shard) => [shard.name, ...figures(shard), remark(shard)]);
    run.out.table(header, rows);
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
  return [waiting, active, delayed, failed, secondsText(age), workers ?? "?"];
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

export const queueCommands: readonly Command[] = [queues, shards];
