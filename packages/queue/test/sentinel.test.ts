// A master that three sentinels watch, one of which takes connections and says nothing: when the master is lost, another becomes it, and
// the same processes go on with it.
import { join } from "node:path";
import { findRedisServer, type PrivateServer } from "@inventory-sync/local";
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, masterAndReplica, whyNoRedis } from "../../../tests/support/index.ts";
import { startSentinel } from "../../../tests/support/start-sentinel.ts";
import { consumeEvents, QueueUnavailable } from "../src/index.ts";
import { closing, done, open, rememberingLog, sale } from "./support.ts";

const program = findRedisServer() ?? "redis-server";
const MASTER = "inventory";

/** A master with a replica, and the sentinels' address. */
async function watched(): Promise<{ url: string; master: PrivateServer }> {
  const folder = await freshFolder("sentinel");
  const { master, replica, password } = await masterAndReplica(folder);
  onTestFinished(async () => void (await Promise.all([master.kill(), replica.kill()])));
  const { port } = new URL(master.url);
  const sentinels = [];
  for (const name of ["mute", "one", "two"]) {
    const sentinel = await startSentinel({
      folder: join(folder, name),
      program,
      master: { name: MASTER, port, password },
    });
    onTestFinished(() => sentinel.kill());
    sentinels.push(sentinel);
  }
  const [mute] = sentinels;
  const hosts = sentinels.map((sentinel) => `127.0.0.1:${sentinel.port}`);
  for (const sentinel of sentinels) await eventually(() => sentinel.knows({ sentinels: 2, replicas: 1 }));
  mute?.freeze();
  return { url: `redis+sentinel://:${password}@${hosts.join(",")}/${MASTER}`, master };
}

/** Loses the master in this way, with a sale before and one after. */
async function lose(how: "killed" | "frozen"): Promise<void> {
  const { url, master } = await watched();
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
  await eventually(isAccepted, { withinMs: 60_000 });
  await eventually(async () => (await queues.counts()).events.completed === 2);
  expect(queues.isConnected()).toBe(true);
  expect(log.said.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
}

// Both at once: each is mostly waiting.
it.runIf(whyNoRedis() === undefined)(
  "a master that is killed, and one that is frozen: its replica takes over, what was accepted is done, and no process is started again",
  async () => void (await Promise.all([lose("killed"), lose("frozen")])),
);
