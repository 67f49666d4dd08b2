// Networks that go bad between one app and one server.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultContext } from "../fault.ts";
import type { Link } from "../world/link.ts";
import type { AppName } from "../world/world.ts";

type Far = "queue" | "database";

/** Between which app and which server: ingest has no database. */
function aLink({ world, random }: FaultContext, far: Far): { app: AppName; proxy: Link } {
  const apps: readonly AppName[] = far === "queue" ? ["ingest", "worker-1"] : ["worker-1"];
  const app = random.pick(apps);
  return { app, proxy: world.proxy(app, far) };
}

interface Badness {
  readonly name: string;
  readonly what: string;
  readonly times: number;
  begin(proxy: Link, context: FaultContext): void;
  readonly lastsMs: readonly [number, number];
}

const badnesses: readonly Badness[] = [
  {
    name: "cut",
    what: "every connection is cut, again and again",
    times: 4,
    begin: (proxy) => proxy.cut(),
    lastsMs: [100, 700],
  },
  {
    name: "partition",
    what: "nothing passes for some seconds, and nobody is told",
    times: 1,
    begin: (proxy) => proxy.freeze(),
    lastsMs: [1_500, 5_000],
  },
  {
    name: "drop-replies",
    what: "requests arrive and are executed, answers are lost",
    times: 2,
    begin: (proxy) => proxy.dropReplies(),
    lastsMs: [800, 2_500],
  },
  {
    name: "delay",
    what: "every packet arrives late",
    times: 1,
    begin: (proxy, { random }) => proxy.delay(random.int(50, 400)),
    lastsMs: [2_000, 4_000],
  },
  {
    name: "half-close",
    what: "one direction of every connection is closed",
    times: 3,
    begin: (proxy, { random }) => proxy.halfClose(random.pick(["client", "server"])),
    lastsMs: [300, 1_500],
  },
];

const faultOf = ({ name, what, times, begin, lastsMs }: Badness, far: Far): Fault => ({
  name: `${far}-${name}`,
  what: `between an app and the ${far}: ${what}`,
  ...(far === "queue" && { throughQueueNetwork: true }),
  inject: async (context) => {
    for (let time = 0; time < times; time += 1) {
      const { app, proxy } = aLink(context, far);
      const ms = context.random.int(...(lastsMs as [number, number]));
      context.note(`${app} and ${far}: ${name} for ${ms} ms`);
      begin(proxy, context);
      await sleep(ms);
      proxy.heal();
      await sleep(context.random.int(100, 600));
    }
    return times;
  },
});

const forgotten = (far: Far): Fault => ({
  name: `${far}-forgotten`,
  what: `between the worker and the ${far}: connections go silent for ever, and neither side is told; new ones pass`,
  alone: true,
  ...(far === "queue" && { throughQueueNetwork: true }),
  inject: async ({ world, random, note }) => {
    await sleep(random.int(0, 2_000));
    note(`worker-1 and ${far}: the connections there are stay silent`);
    world.proxy("worker-1", far).forget();
    return 1;
  },
});

const resetMax = 8;

const reset = (far: Far): Fault => ({
  name: `${far}-reset-one`,
  what: `between an app and the ${far}: one connection of several is reset, again and again`,
  ...(far === "queue" && { throughQueueNetwork: true }),
  inject: async (context) => {
    let times = 0;
    for (let time = 0; time < resetMax; time += 1) {
      const { app, proxy } = aLink(context, far);
      const had = proxy.reset((count) => context.random.int(0, count - 1));
      context.note(`${app} and ${far}: one connection of ${had} is reset`);
      times += had > 0 ? 1 : 0;
      await sleep(context.random.int(100, 900));
    }
    return times;
  },
});

export const resetNetworks: readonly Fault[] = [reset("queue"), reset("database")];

export const forgottenNetworks: readonly Fault[] = [forgotten("queue"), forgotten("database")];

export const networks: readonly Fault[] = badnesses.flatMap((each) => [
  faultOf(each, "queue"),
  faultOf(each, "database"),
]);
