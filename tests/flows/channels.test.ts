// Flow 3 from outside: what is sold in a store is in the shop soon, whatever the shop does.
import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Shop, startShop } from "../shops/start-shop.ts";
import { eventually, type System, startProcess, startSystem } from "../support/index.ts";
import { type Outside, outsideOf } from "./outside.ts";

const secret = `whsec_${randomBytes(32).toString("base64")}`;

let system: System;
let outside: Outside;
let shop: Shop;
let other: Shop;
let configured: object[];

const channel = (name: string, url: string, more: object = {}) => ({
  ...{ name, kind: "webhook", url: `${url}/levels`, secret: { env: "SHOP_SECRET" }, allowPrivateAddresses: true },
  ...{ facilities: "*", products: { idType: "SKU" }, ...more },
});
const configure = (channels: object[]) =>
  writeFile(join(system.dataDir, "channels.json"), JSON.stringify({ channels }));
const sale = (eventId: string, sku: string, quantity: number, facilityId = "S1") => ({
  ...{ eventId, facilityId, type: "sale", occurredAt: new Date().toISOString() },
  lines: [{ sku, quantity }],
});
const inShop = async (at: Shop, sku: string, facilityId = "S1") =>
  (await at.control<{ facilityId: string; idValue: string; onHand: number; available: number }[]>("levels")).find(
    (level) => level.idValue === sku && level.facilityId === facilityId,
  );

beforeAll(async () => {
  [shop, other] = await Promise.all([
    startShop("webhook-receiver", { secret }),
    startShop("webhook-receiver", { secret }),
  ]);
  system = await startSystem({ backend: "redis", env: { SHOP_SECRET: secret } });
  outside = await outsideOf(system);
  await outside.runFile("first-20261101T090000Z.csv", "store,sku,qty\nS1,TEE,10\nS1,CAP,5\nS2,TEE,3\n");
  configured = [
    channel("shop", shop.url, { safetyStock: { default: 1, products: { CAP: 2 } } }),
    channel("other", other.url, { facilities: { S2: "zwei" } }),
  ];
  await configure(configured);
});

afterAll(async () => {
  await system?.stop();
  outside?.end();
  await Promise.all([shop?.kill(), other?.kill()]);
});

interface ChannelSeen {
  readonly state: string;
  readonly pending: number;
  readonly problems: number;
  readonly lastError: string | null;
}
const seen = async (name: string) => (await (await system.board(`/api/channels/${name}`)).json()) as ChannelSeen;
const act = async (path: string, body: object = {}) => (await system.board(`/api/channels/${path}`, body)).status;
const until = (at: Shop, sku: string, onHand: number, facilityId = "S1") =>
  eventually(async () => (await inShop(at, sku, facilityId))?.onHand === onHand, { withinMs: 90_000 });
const problemsOf = async (name: string) =>
  (
    (await (await system.board(`/api/channels/${name}/problems`)).json()) as {
      items: { idValue: string; code: string; message: string }[];
    }
  ).items;

describe("a channel", () => {
  it("is told all its levels once it is in the settings, and of its facilities only", async () => {
    expect(await eventually(() => inShop(shop, "TEE", "S2"))).toMatchObject({ onHand: 3, available: 2 });
    expect(await eventually(() => inShop(shop, "CAP"))).toMatchObject({ onHand: 5, available: 3 });
    expect(await eventually(() => inShop(other, "TEE", "S2"))).toMatchObject({ onHand: 3, available: 3 });
    expect(await inShop(other, "TEE")).toBeUndefined();
  });

  it("knows a sale right after the ledger does, and a count when it is applied", async () => {
    await outside.send(sale("e1", "TEE", 4));
    await until(shop, "TEE", 6);
    expect(await inShop(shop, "TEE")).toMatchObject({ onHand: 6, available: 5 });
    await outside.runFile("second-20261102T090000Z.csv", "store,sku,qty\nS1,TEE,14\nS1,CAP,5\nS1,HAT,0\nS2,TEE,2\n");
    await Promise.all([until(shop, "TEE", 10), until(shop, "HAT", 0), until(other, "TEE", 2, "S2")]);
  });

  it("that fails harms no other one, and catches up with the newest values only", async () => {
    await shop.control("manners", { status: 500 });
    for (let at = 0; at < 20; at += 1) await outside.send(sale(`f${at}`, "TEE", 1));
    await outside.send(sale("f20", "TEE", 1, "S2"));
    await until(other, "TEE", 1, "S2");
    expect(
      await eventually(async () => ((await seen("shop")).state === "failing" ? seen("shop") : undefined)),
    ).toMatchObject({
      pending: 2,
      lastError: expect.stringContaining("the target answered 500"),
    });
    const before = await shop.control<{ levels: number }>("seen");
    await shop.control("manners", {});
    expect(await act("shop/resume")).toBe(200);
    await Promise.all([until(shop, "TEE", -10), until(shop, "TEE", 1, "S2")]);
    expect((await shop.control<{ levels: number }>("seen")).levels - before.levels).toBe(2);
    expect(
      await eventually(async () => ((await seen("shop")).state === "live" ? seen("shop") : undefined)),
    ).toMatchObject({ pending: 0 });
  });

  it("sets aside what its target refuses, and what has no id that it knows; the others are told", async () => {
    const many = Array.from({ length: 120 }, (_, at) => `B${at}`);
    await shop.control("manners", { refuses: ["B50"] });
    await outside.send({
      ...sale("g1", "B0", 1),
      lines: [...many.map((sku) => ({ sku, quantity: 1 })), { idType: "UPCA", idValue: "012345678905", quantity: 1 }],
    });
    await Promise.all(["B0", "B49", "B51", "B119"].map((sku) => until(shop, sku, -1)));
    const aside = await eventually(async () => {
      const items = await problemsOf("shop");
      return items.length === 2 ? items : undefined;
    });
    expect(aside.map(({ idValue, code }) => [idValue, code])).toEqual([
      ["B50", "REFUSED"],
      ["012345678905", "UNMAPPED_PRODUCT"],
    ]);
    expect(aside[0]?.message).toContain("B50 is not sold here");
    await shop.control("manners", {});
    expect(await act("shop/again", { code: "REFUSED" })).toBe(200);
    await until(shop, "B50", -1);
    // The shop has the number a moment before its answer is written down here.
    const left = await eventually(async () => {
      const items = await problemsOf("shop");
      return items.length === 1 ? items : undefined;
    });
    expect(left.map(({ code }) => code)).toEqual(["UNMAPPED_PRODUCT"]);
  });

  it("whose target takes what it is told and loses the answer is told again, and never an older number", async () => {
    await shop.control("manners", { dropsAnswers: true });
    await outside.send(sale("h1", "CAP", 1));
    await until(shop, "CAP", 4);
    await eventually(async () => (await seen("shop")).state === "failing");
    await outside.send(sale("h2", "CAP", 1));
    await shop.control("manners", {});
    expect(await act("shop/resume")).toBe(200);
    await until(shop, "CAP", 3);
    expect(await shop.control("seen")).toMatchObject({ forged: 0, older: 0, repeatedIds: 0 });
  });

  it("is not told while it is paused, nor once its target wants no more, until it is resumed", async () => {
    expect(await act("shop/pause")).toBe(200);
    expect((await seen("shop")).state).toBe("paused");
    await outside.send(sale("i1", "CAP", 1));
    await outside.applied("S1", "i1");
    await eventually(async () => (await seen("shop")).pending === 1);
    await shop.control("manners", { status: 410 });
    expect(await act("shop/resume")).toBe(200);
    await eventually(async () => (await seen("shop")).state === "disabled");
    await shop.control("manners", {});
    expect(await act("shop/resume")).toBe(200);
    await until(shop, "CAP", 2);
  });

  it("that is a shadow is told nothing, and all its levels once it is live; one that is switched off waits", async () => {
    const mode = (now: string) => configure(configured.map((each) => ({ ...each, mode: now })));
    await mode("shadow");
    await eventually(async () => (await seen("shop")).state === "shadow");
    const before = await shop.control<{ messages: number }>("seen");
    await outside.send(sale("s1", "CAP", 1));
    await outside.applied("S1", "s1");
    await eventually(async () => (await seen("shop")).pending === 0);
    expect(await shop.control("seen")).toEqual(before);
    await mode("off");
    await eventually(async () => (await seen("shop")).state === "off");
    await outside.send(sale("s2", "CAP", 1));
    await mode("live");
    await until(shop, "CAP", 0);
  });

  it("that cannot be opened says so on the page, with what to do, as does a faulty file", async () => {
    const page = async () => (await system.board("/channels")).text();
    const late = join(system.dataDir, "late-secret");
    await configure([...configured, channel("late", `${shop.url}/late`, { secret: { file: late } })]);
    const why = await eventually(async () => ((await seen("late")).state === "failing" ? seen("late") : undefined));
    expect(why.lastError).toMatch(/^It cannot be opened: .*late-secret/);
    expect(await page()).toContain("It is told nothing: It cannot be opened:");
    await writeFile(late, secret);
    await eventually(async () => (await seen("late")).state === "live");
    await writeFile(join(system.dataDir, "channels.json"), "{");
    await eventually(async () => (await page()).includes("Until that is mended the channels stay as they were before"));
    expect(await (await system.board("/api/channels")).json()).toMatchObject({
      fileFault: expect.stringContaining("is not JSON"),
    });
    await configure(configured);
  });

  it("is told what changed while no worker lived, and by two workers each level in its order", async () => {
    await system.processes.worker.kill();
    for (let at = 0; at < 30; at += 1) await outside.send(sale(`j${at}`, "CAP", 1));
    const [second] = await Promise.all([
      startProcess("worker", { ...system.env, SHOP_SECRET: secret }),
      system.restart("worker"),
    ]);
    await until(shop, "CAP", -30);
    await second.stop();
    expect(await shop.control("seen")).toMatchObject({ forged: 0, older: 0 });
  });
});

describe("a reset of one store", () => {
  const store = Array.from({ length: 4_000 }, (_, at) => ({ sku: `R${at}`, isChanged: at % 20 === 7 }));
  const count = (name: string, quantityOf: (isChanged: boolean) => number) =>
    outside.runFile(
      name,
      `store,sku,qty\n${store.map(({ sku, isChanged }) => `S9,${sku},${quantityOf(isChanged)}\n`).join("")}`,
    );
  const allTold = () => eventually(async () => (await seen("shop")).pending === 0, { withinMs: 90_000 });
  const timesTold = () => shop.control<Record<string, number>>("times");

  it("with a twentieth of its levels changed tells those, once each, and the others never", async () => {
    await count("third-20261103T090000Z.csv", () => 5);
    await until(shop, "R3999", 5, "S9");
    await allTold();
    const before = await timesTold();
    await count("fourth-20261104T090000Z.csv", (isChanged) => (isChanged ? 9 : 5));
    await Promise.all(["R7", "R3987"].map((sku) => until(shop, sku, 9, "S9")));
    await allTold();
    const [now, levels] = await Promise.all([
      timesTold(),
      shop.control<{ facilityId: string; idValue: string; onHand: number }[]>("levels"),
    ]);
    const onHand = new Map(levels.flatMap((each) => (each.facilityId === "S9" ? [[each.idValue, each.onHand]] : [])));
    const told = store.map(({ sku }) => [sku, (now[`S9 ${sku}`] ?? 0) - (before[`S9 ${sku}`] ?? 0), onHand.get(sku)]);
    expect(told).toEqual(store.map(({ sku, isChanged }) => (isChanged ? [sku, 1, 9] : [sku, 0, 5])));
  });
});

describe("a feed", () => {
  it("gives all levels once, then what has changed, to those who have a key for it", async () => {
    const key = "feed-key-of-the-other-shop";
    const client = {
      name: "reader",
      keys: [createHash("sha256").update(key).digest("hex")],
      facilities: [],
      types: [],
      channels: ["list"],
    };
    const file = join(system.dataDir, "clients.json");
    const { clients } = JSON.parse(await readFile(file, "utf8")) as { clients: object[] };
    await writeFile(file, JSON.stringify({ clients: [...clients, client] }));
    await configure([...configured, { name: "list", kind: "feed", facilities: ["S1"], products: { idType: "SKU" } }]);
    const ask = async (path: string, as = key, body?: object) =>
      fetch(`${system.boardUrl}/api/channels/list/${path}`, {
        headers: { authorization: `Bearer ${as}`, "content-type": "application/json" },
        ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      });
    type Part = { levels: { idValue: string; onHand: number }[]; cursor: string; more: boolean };
    const first = await eventually(async () => {
      const response = await ask("changes?limit=100");
      return response.status === 200 ? ((await response.json()) as Part) : undefined;
    });
    expect(first.more).toBe(true);
    const rest = (await (await ask(`changes?limit=100&cursor=${first.cursor}`)).json()) as Part;
    expect(rest.more).toBe(false);
    const all = new Map([...first.levels, ...rest.levels].map(({ idValue, onHand }) => [idValue, onHand]));
    expect([all.size, all.get("CAP"), all.get("B50")]).toEqual([123, -30, -1]);
    await outside.send(sale("k1", "HAT", 2));
    const changed = await eventually(async () => {
      const part = (await (await ask(`changes?cursor=${rest.cursor}`)).json()) as Part;
      return part.levels.length > 0 ? part : undefined;
    });
    expect(changed.levels).toMatchObject([{ facilityId: "S1", idValue: "HAT", onHand: -2, available: 0 }]);
    const asked = {
      items: [
        { facilityId: "S1", idType: "SKU", idValue: "CAP" },
        { facilityId: "S2", idType: "SKU", idValue: "TEE" },
      ],
    };
    expect(await (await ask("levels", key, asked)).json()).toMatchObject({ levels: [{ idValue: "CAP", onHand: -30 }] });
    expect((await ask("changes", system.ingestKey)).status).toBe(403);
    expect((await ask("changes", "no-key-at-all")).status).toBe(401);
    expect((await system.board("/api/channels/list/changes")).status).toBe(401);
  });
});
