// A master that three sentinels watch, one of which takes connections and says nothing: when the master is lost, another becomes it, and
// the same processes go on with it.
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, redisCommand, whyNoRedis } from "../../../tests/support/index.ts";
import { startWatched } from "../../../tests/support/start-watched.ts";
import { consumeEvents, type Queues, QueueUnavailable } from "../src/index.ts";
import { closing, done, open, rememberingLog, sale } from "./support.ts";

const salesBefore = 20;

/** Loses the master in this way, with sales that wait before, accepted with QUEUE_REPLICAS=1, and one after. */
async function lose(how: "killed" | "frozen"): Promise<void> {
  const watched = await startWatched(await freshFolder("sentinel"));
  onTestFinished(() => watched.kill());
  const { url } = watched;
  const [master] = await watched.mastersNow();
  if (master === undefined) throw new Error("there is no master");
  const log = rememberingLog();
  const queues = await open(url, { role: "consumer", log });
  await queues.connection.outage.whenUp();
  const accepting = await open(url, { replicas: 1, log });
  await accepting.connection.outage.whenUp();
  for (let each = 0; each < salesBefore; each += 1) await accepting.addEvents([sale(`before ${each}`)], "pos");
  if (how === "killed") await master.kill();
  else process.kill(master.pid, "SIGSTOP");
  const applied = new Set<string>();
  closing(
    consumeEvents(queues, async (events) => {
      for (const { eventId } of events) applied.add(eventId);
      return events.map(() => done);
    }),
  );
  await acceptedAfter(queues);
  await eventually(() => applied.size === salesBefore + 1);
  expect(queues.isConnected()).toBe(true);
  expect(log.said.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
}

/** Sends a sale again and again until the server that has taken over accepts it. */
async function acceptedAfter(queues: Queues): Promise<void> {
  const isAccepted = () =>
    queues.addEvents([sale("after")], "pos").then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(QueueUnavailable);
        return false;
      },
    );
  await eventually(isAccepted, { withinMs: 90_000 });
}

/** What is accepted with QUEUE_REPLICAS=0 while the replica has lost its master, and then the master with its disk. */
async function loseUnwaited(): Promise<void> {
  const watched = await startWatched(await freshFolder("sentinel-unwaited"));
  onTestFinished(() => watched.kill());
  const [master] = await watched.mastersNow();
  const replica = watched.nodes.find((node) => node !== master);
  if (master === undefined || replica === undefined) throw new Error("there are a master and a replica");
  const queues = await open(watched.url, { replicas: 0 });
  await queues.connection.outage.whenUp();
  expect((await queues.ping()).warnings).toEqual([expect.stringMatching(/^QUEUE_REPLICAS is 0/)]);
  process.kill(replica.pid, "SIGSTOP");
  // What is under way to a replica would still reach it.
  await redisCommand(master.url, "CLIENT", "KILL", "TYPE", "replica");
  for (let each = 0; each < salesBefore; each += 1) await queues.addEvents([sale(`before ${each}`)], "pos");
  await master.kill();
  process.kill(replica.pid, "SIGCONT");
  await acceptedAfter(queues);
  expect((await queues.counts()).events.waiting).toBe(1);
}

// Both at once: each is mostly waiting.
it.runIf(whyNoRedis() === undefined)(
  "a master that is killed, and one that is frozen: its replica takes over, what was accepted is done, and no process is started again",
  async () => void (await Promise.all([lose("killed"), lose("frozen")])),
);

it.runIf(whyNoRedis() === undefined)(
  "without QUEUE_REPLICAS, which is warned of, what no replica had when another server took over is lost, and sales go on",
  loseUnwaited,
);
