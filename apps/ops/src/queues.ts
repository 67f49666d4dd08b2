// ops queues: how much waits, runs and has failed, and whether the queue keeps what it accepts.
import { type Command, exitCodes, withQueues } from "./command.ts";
import { table } from "./output.ts";

const MS_PER_S = 1_000;

export const queues: Command = {
  name: "queues",
  usage: "",
  summary:
    "counts the jobs of every queue by state, and says how safe accepted jobs are; exits 1 when jobs have failed",
  options: {},
  positionalsMax: 0,
  async run(run) {
    const { counts, durability, kind } = await withQueues(run, async (open) => ({
      ...{ counts: await open.counts(), durability: await open.durability(), kind: open.kind },
    }));
    run.out.document({ backend: kind, durability, queues: counts });
    const rows = Object.entries(counts).map(([name, each]) => [
      ...[name, each.waiting, each.active, each.delayed, each["waiting-children"], each.failed, each.completed],
      each.oldestWaitingMs === null ? "–" : `${Math.round(each.oldestWaitingMs / MS_PER_S)} s`,
    ]);
    const header = ["queue", "waiting", "active", "deferred", "parents", "failed", "completed", "oldest waits"];
    for (const line of table(header, rows)) run.out.say(line);
    run.out.say(`On ${kind}: ${durability.durability}${durability.ok ? "" : " — ACCEPTED JOBS COULD BE LOST"}`);
    for (const warning of durability.warnings) run.out.say(warning);
    const isCalm = durability.ok && Object.values(counts).every(({ failed }) => failed === 0);
    return isCalm ? exitCodes.ok : exitCodes.found;
  },
};
