// Processes that die: at any moment, or at the worst one.
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import type { Fault, FaultContext } from "../fault.ts";
import type { AppName, World } from "../world/world.ts";
import { atPoint, movementCount } from "./aim.ts";

/** Kills it, and starts it again a little later, as whatever watches over it does. */
async function crash({ world, random, note }: FaultContext, app: AppName): Promise<number> {
  note(`kill -9 ${app}`);
  await world.end(app, "SIGKILL");
  await sleep(random.int(50, 800));
  world.launch(app);
  return 1;
}

/** One of the workers that run. */
function aWorker({ world, random }: Pick<FaultContext, "world" | "random">): AppName {
  const names: readonly AppName[] = ["worker-1", "worker-2"];
  const running = names.filter((name) => world.app(name)?.isRunning());
  return running.length === 0 ? "worker-1" : random.pick(running);
}

const killed = (app: AppName, times: number): Fault => ({
  name: `${app.replace(/-1$/, "")}-kill`,
  what: `kill -9 of ${app.replace(/-1$/, "")} at random moments`,
  inject: async (context) => {
    for (let time = 0; time < times; time += 1) {
      await crash(context, app);
      await sleep(context.random.int(200, 1_500));
    }
    return times;
  },
});

const inTransaction: Fault = {
  name: "worker-kill-in-transaction",
  what: "kill -9 of a worker inside its transaction, before the statement that writes the movements has ended",
  inject: async (context) => {
    const held = await atPoint(context.world, "movement", async () => void (await crash(context, aWorker(context))));
    return held ? 1 : 0;
  },
};

const afterCommit: Fault = {
  name: "worker-kill-after-commit",
  what: "kill -9 of a worker after COMMIT and before its jobs are marked done",
  backend: "redis",
  inject: async (context) => {
    const { world, note } = context;
    const app = aWorker(context);
    const before = { count: 0 };
    const held = await atPoint(world, "movement", async () => {
      before.count = await movementCount(world);
      world.proxy(app, "queue").freeze();
    });
    if (!held) return 0;
    const committed = await eventually(async () => (await movementCount(world)) > before.count, {
      withinMs: 3_000,
      everyMs: 20,
    }).catch(() => false);
    note(committed ? `${app} has committed and cannot tell the queue` : `${app} did not commit`);
    await world.end(app, "SIGKILL");
    world.proxy(app, "queue").heal();
    world.launch(app);
    return committed ? 1 : 0;
  },
};

const inReset: Fault = {
  name: "worker-kill-in-reset",
  what: "kill -9 of a worker while its facility reset holds the facility's lock",
  inject: async (context) => {
    const held = await atPoint(context.world, "correction", async () => void (await crash(context, aWorker(context))));
    return held ? 1 : 0;
  },
};

/** Nothing dies here: the lock is only held for so long that whatever would slip in, would. */
const longReset: Fault = {
  name: "reset-held-long",
  what: "a facility's reset that holds its lock for seconds, while its sales go on arriving",
  inject: async ({ world, random, note }) => {
    let times = 0;
    for (let time = 0; time < 2; time += 1) {
      const ms = random.int(1_000, 2_500);
      const held = await atPoint(world, "correction", async () => {
        note(`a reset holds its facility for ${ms} ms`);
        await sleep(ms);
      });
      times += held ? 1 : 0;
    }
    return times;
  },
};

const crashLoop: Fault = {
  name: "worker-crash-loop",
  what: "five kill -9 of a worker in a row, each as soon as it has begun to work",
  inject: async (context) => {
    const { world, note } = context;
    for (let time = 1; time <= 5; time += 1) {
      const app = world.launch("worker-1");
      await Promise.race([app.ready, app.exited, sleep(15_000)]);
      await sleep(context.random.int(0, 300));
      note(`crash ${time} of 5`);
      await world.end("worker-1", "SIGKILL");
    }
    world.launch("worker-1");
    return 5;
  },
};

const allAtOnce: Fault = {
  name: "all-apps-kill",
  what: "kill -9 of every app at once",
  inject: async ({ world, note, random }) => {
    const apps: readonly AppName[] = ["ingest", "worker-1", "worker-2", "board"];
    const running = apps.filter((app) => world.app(app)?.isRunning());
    note(`kill -9 ${running.join(", ")}`);
    await Promise.all(running.map((app) => world.end(app, "SIGKILL")));
    await sleep(random.int(100, 1_000));
    for (const app of running) world.launch(app);
    return running.length;
  },
};

const zombie: Fault = {
  name: "worker-zombie",
  what: "SIGSTOP of a worker for longer than its jobs are locked, while another one works; then SIGCONT",
  apps: ["ingest", "worker-1", "worker-2", "board"],
  inject: async ({ world, random, note }) => {
    const app = world.app("worker-1");
    if (!app?.isRunning()) return 0;
    const stop = async (): Promise<void> => {
      app.signal("SIGSTOP");
      note("worker-1 stands still, in the middle of its work");
    };
    // Half of the time in the middle of a transaction.
    if (!random.chance(0.5) || !(await atPoint(world, "movement", stop))) await stop();
    await sleep(11_000);
    app.signal("SIGCONT");
    note("worker-1 goes on as if nothing had been");
    return 1;
  },
};

const twoWorkers: Fault = {
  name: "two-workers",
  what: "a second worker that comes and is killed, again and again",
  inject: async (context) => {
    for (let time = 0; time < 2; time += 1) {
      const app = context.world.launch("worker-2");
      await Promise.race([app.ready, app.exited, sleep(15_000)]);
      await sleep(context.random.int(200, 1_500));
      context.note("worker-2 is killed");
      await context.world.end("worker-2", "SIGKILL");
    }
    return 2;
  },
};

/** Asks it to stop, and kills it when it has not within the grace. */
async function stopBriefly(world: World, app: AppName, graceMs: number): Promise<void> {
  const process = world.app(app);
  const late = setTimeout(() => process?.signal("SIGKILL"), graceMs);
  await world.end(app, "SIGTERM");
  clearTimeout(late);
}

const sigterm: Fault = {
  name: "sigterm",
  what: "SIGTERM in any phase (starting, at work, in a transaction), SIGKILL after a short grace",
  inject: async ({ world, random, note }) => {
    const apps: readonly AppName[] = ["worker-1", "ingest", "worker-1", "board"];
    for (const app of apps) {
      const graceMs = random.int(50, 2_500);
      note(`SIGTERM ${app}, SIGKILL ${graceMs} ms later`);
      await stopBriefly(world, app, graceMs);
      world.launch(app);
      await sleep(random.int(0, 1_800));
    }
    return apps.length;
  },
};

export const crashes: readonly Fault[] = [
  ...[killed("ingest", 3), killed("worker-1", 3), killed("board", 3), allAtOnce],
  ...[inTransaction, afterCommit, inReset, longReset, crashLoop, zombie, twoWorkers, sigterm],
];
