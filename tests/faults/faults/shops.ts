// A channel's target that dies, goes silent, or takes what it was told and cannot say so.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";

const killed: Fault = {
  name: "shop-kill",
  on: "shop",
  what: "kill -9 of the web shop, which is back some seconds later",
  inject: async ({ world, random, note }) => {
    for (let time = 0; time < 2; time += 1) {
      note("kill -9 of the shop");
      await world.shop.kill();
      await sleep(random.int(300, 2_500));
      await world.shop.ensure();
      await sleep(random.int(100, 800));
    }
    return 2;
  },
};

const partition: Fault = {
  name: "shop-partition",
  what: "between the workers and the web shop nothing passes for some seconds, and nobody is told",
  inject: async ({ world, random, note }) => {
    const ms = random.int(1_500, 5_000);
    note(`the shop is silent for ${ms} ms`);
    world.shop.link.freeze();
    await sleep(ms);
    world.shop.link.heal();
    return 1;
  },
};

const dropAnswers: Fault = {
  name: "shop-drop-answers",
  on: "shop",
  what: "the web shop takes what it is told, and cuts the connection before it answers",
  inject: async ({ world, random, note }) => {
    const ms = random.int(800, 3_000);
    note(`the shop's answers are lost for ${ms} ms`);
    await world.shop.dropAnswers();
    await sleep(ms);
    await world.shop.ensure();
    return 1;
  },
};

export const shopFaults: readonly Fault[] = [killed, partition, dropAnswers];
