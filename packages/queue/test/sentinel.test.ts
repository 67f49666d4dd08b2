// A master that three sentinels watch, one of which takes connections and says nothing: when the master is lost, another becomes it, and
// the same processes go on with it.
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, whyNoRedis } from "../../../tests/support/index.ts";
import { startWatched } from "../../../tests/support/start-watched.ts";
import { consumeEvents, QueueUnavailable } from "../src/index.ts";
import { closing, done, open, rememberingLog, sale } from "./support.ts";

/** Loses the master in this way, with a sale before and one after. */
async function lose(how: "killed" | "frozen"): Promise<void> {
  const watched = await startWatched(await freshFolder("sentinel"));
  onTestFinished(() => watched.kill());
  const { url } = watched;
  const [master] = await watched.mastersNow();
  if (master === undefined) throw new Error("there is no master");
  const log = rememberingLog();
  const queues = await open(url, { role: "consumer", log });
  await queues.connection.outage.whenUp();
  closing(consumeEvents(queues, async (events) => events.map(() => done)));
  await queues.addEvents([sale("before")], "pos");
  await eventually(async () => (await queues.counts()).events.completed === 1);
  if (how === "killed") await master.kill();
  else process.kill(master.pid, "SIGSTOP");
  const isAccepted = () =>
    queues.addEvents([sale("after")], "pos").then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(QueueUnavailable);
        return false;
      },
    );
  await eventually(isAccepted, { withinMs: 90_000 });
  await eventually(async () => (await queues.counts()).events.completed === 2);
  expect(queues.isConnected()).toBe(true);
  expect(log.said.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
}

// Both at once: each is mostly waiting.
it.runIf(whyNoRedis() === undefined)(
  "a master that is killed, and one that is frozen: its replica takes over, what was accepted is done, and no process is started again",
  async () => void (await Promise.all([lose("killed"), lose("frozen")])),
);
