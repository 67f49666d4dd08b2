// The demo's web shop: what it takes, what it keeps, and what a page that watches it is told.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshFolder } from "../../../tests/support/index.ts";
import { planVariable } from "../src/config.ts";
import { type AppProcess, startApp } from "../src/processes/app-process.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
let folder: string;
let shop: AppProcess;
let url: string;

const startShop = async () => {
  const plan = { file: join(folder, "levels.jsonl"), secret, port: 0 };
  shop = await startApp({
    ...{ app: "local", entry: "shop/main.js" },
    env: { PATH: process.env.PATH, [planVariable]: JSON.stringify(plan) },
  });
  url = `http://127.0.0.1:${shop.port}`;
};
const level = (idValue: string, available: number, sequence: number) => ({
  ...{ facilityId: "S001", idType: "SKU", idValue, onHand: available, available, asOf: null, sequence },
  updatedAt: "2026-11-28T10:00:00.000Z",
});
const bodyOf = (levels: object[]) =>
  JSON.stringify({ type: "inventory.levels", timestamp: "now", data: { channel: "web-shop", levels } });
const tell = async (body: string, { at = new Date(), by = secret } = {}) => {
  const headers = {
    ...{ "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)) },
    "webhook-signature": new Webhook(by).sign("msg_1", at, body),
  };
  return (await fetch(`${url}/levels`, { method: "POST", headers, body })).status;
};
/** The first so many changes that a page is told. */
const changes = async (count: number, headers: Record<string, string> = {}) => {
  const abort = new AbortController();
  const { body } = await fetch(`${url}/changes`, { headers, signal: abort.signal });
  const seen: { idValue: string; available: number; sequence: number; channel: string }[] = [];
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) seen.push(JSON.parse(data));
    }
    if (seen.length >= count) break;
  }
  abort.abort();
  return seen.map(({ idValue, available, sequence, channel }) => [idValue, available, sequence, channel]);
};

beforeAll(async () => {
  folder = await freshFolder("shop");
  await startShop();
});
afterAll(async () => {
  await shop?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the demo's web shop", () => {
  it("takes what is signed with its secret just now, and nothing else", async () => {
    const body = bodyOf([level("TEE", 5, 10)]);
    expect(await tell(body)).toBe(200);
    expect(await tell(body, { by: `whsec_${Buffer.alloc(32, 8).toString("base64")}` })).toBe(401);
    expect(await tell(body, { at: new Date(Date.now() - 600_000) })).toBe(401);
    expect((await fetch(`${url}/levels`, { method: "POST", body })).status).toBe(401);
    expect(await tell("{}")).toBe(400);
    expect(await tell("x".repeat(1_100_000)).catch(() => 413)).toBe(413);
  });

  it("keeps the number with the largest sequence, also over its own end, and tells a page what it has not seen", async () => {
    expect(await tell(bodyOf([level("TEE", 3, 12), level("CAP", 1, 11)]))).toBe(200);
    expect(await tell(bodyOf([level("TEE", 4, 11)]))).toBe(200);
    await shop.kill();
    await startShop();
    expect(await changes(2)).toEqual([
      ["CAP", 1, 11, "web-shop"],
      ["TEE", 3, 12, "web-shop"],
    ]);
    const coming = changes(2, { "last-event-id": "12" });
    expect(await tell(bodyOf([level("CAP", 0, 13)]))).toBe(200);
    expect(await coming).toEqual([
      ["TEE", 3, 12, "web-shop"],
      ["CAP", 0, 13, "web-shop"],
    ]);
    const kept = (await readFile(join(folder, "levels.jsonl"), "utf8")).trim().split("\n");
    expect(kept.map((line) => JSON.parse(line).sequence)).toEqual([12, 11, 13]);
  });

  it("takes and shows what has not changed since there are channels, and what only the safety stock has changed", async () => {
    expect(await tell(bodyOf([level("SOCKS", 8, 0), level("SCARF", 2, 0)]))).toBe(200);
    expect(await tell(bodyOf([level("SOCKS", 7, 0)]))).toBe(200);
    expect((await changes(2)).slice(0, 2)).toEqual([
      ["SOCKS", 7, 0, "web-shop"],
      ["SCARF", 2, 0, "web-shop"],
    ]);
  });

  it("shows a page that runs its own script only, on this machine only", async () => {
    const page = await fetch(url);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    for (const file of ["/shop.js", "/shop.css"]) {
      expect(await page.clone().text()).toContain(file);
      expect((await fetch(url + file)).status).toBe(200);
    }
    expect((await fetch(`${url}/../secrets.json`)).status).toBe(404);
    expect(await readFile(`/proc/${shop.pid}/net/tcp`, "utf8")).toContain(
      `0100007F:${shop.port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`,
    );
  });
});
