// A master that three sentinels watch, one of which takes connections and says nothing: when the master is lost, another becomes it, and
// the same processes go on with it.
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, whyNoRedis } from "../../../tests/support/index.ts";
import { startWatched } from "../../../tests/support/start-watched.ts";
import { consumeEvents, QueueUnavailable } from "../src/index.ts";
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
  const isAccepted = () =>
    queues.addEvents([sale("after")], "pos").then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(QueueUnavailable);
        return false;
      },
    );
  await eventually(isAccepted, { withinMs: 90_000 });
  await eventually(() => applied.size === salesBefore + 1);
  expect(queues.isConnected()).toBe(true);
  expect(log.said.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
}

// Both at once: each is mostly waiting.
it.runIf(whyNoRedis() === undefined)(
  "a master that is killed, and one that is frozen: its replica takes over, what was accepted is done, and no process is started again",
  async () => void (await Promise.all([lose("killed"), lose("frozen")])),
);
