// Attacks on channels over HTTP: keys and cursors of a feed where they do not belong, and a channel that has set very much aside.
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { channelOnRecord, keepChannels, spreadChanges } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slowness } from "../../../tests/support/index.ts";
import { apply, sale, startTestBoard, type TestBoard } from "./support.ts";

const settings = {
  ...{ facilities: "*", products: { idType: "SKU" }, safetyStock: { default: 0, facilities: {}, products: {} } },
};
const feed = (name: string, scope: string, more: object = {}) => ({
  ...{ name, kind: "feed", mode: "live", scope, settings: { ...settings, ...more } },
});
const isOwn = (path: string) => /^\/api\/channels\/one\/(?:changes|levels)$/.test(path);
/** Answered to everybody. */
const needsNoKey = new Set(["/sign-in", "/sign-out", "/preferences", "/healthz", "/readyz", "/openapi.json"]);
const keyOf = (channel: string) => `key-of-${channel}`;

let board: TestBoard;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-feed-"));
  const file = join(folder, "clients.json");
  const clients = ["one", "two"].map((channel) => ({
    ...{ name: `reader-${channel}`, keys: [createHash("sha256").update(keyOf(channel)).digest("hex")] },
    ...{ facilities: [], types: [], channels: [channel] },
  }));
  await writeFile(file, JSON.stringify({ clients }));
  board = await startTestBoard({ INGEST_CLIENTS_FILE: file });
  const shop = { name: "shop", kind: "webhook", mode: "live", scope: "c", settings };
  await keepChannels(board.database.pool, [feed("one", "a"), feed("two", "b", { facilities: ["S2"] }), shop]);
  await apply(board.database, sale("e1", "S1", "TEE", 1));
  await apply(board.database, sale("e2", "S2", "TEE", 2));
  await spreadChanges(board.database);
});
afterAll(async () => {
  await board?.stop();
  await rm(folder, { recursive: true });
});

const ask = (path: string, key: string, body?: object) =>
  fetch(`${board.url}${path}`, {
    headers: { authorization: `Bearer ${keyOf(key)}`, "content-type": "application/json" },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
interface Part {
  readonly levels: readonly { facilityId: string; onHand: number }[];
  readonly cursor: string;
}
const read = async (channel: string, cursor = "", key = channel) => {
  const response = await ask(`/api/channels/${channel}/changes${cursor === "" ? "" : `?cursor=${cursor}`}`, key);
  return { status: response.status, part: (await response.json()) as Part };
};
const written = (place: object) => Buffer.from(JSON.stringify(place)).toString("base64url");
const opened = (cursor: string) => JSON.parse(Buffer.from(cursor, "base64url").toString()) as Record<string, unknown>;
const pending = async (name: string) => (await channelOnRecord(board.database.pool, name))?.pending;

it("a feed says that nobody has asked yet, then what it has given and when it was last asked", async () => {
  const stands = async () => (await board.json("/api/channels/two")).body;
  const words = async () => (await (await board.call("/channels/two")).text()).replaceAll(/\s+/g, " ");
  expect(await stands()).toMatchObject({ published: 0, lastPublishedAt: null });
  expect(await words()).toContain("Nobody has asked for its levels yet.");
  const { cursor } = (await read("two")).part;
  expect(await stands()).toMatchObject({ published: 1, lastPublishedAt: expect.any(String) });
  await read("two", cursor);
  expect(await stands()).toMatchObject({ published: 1, pending: 0 });
  expect(await words()).toContain("Nothing has changed since it was last asked.");
});

describe("a feed's key", () => {
  it("reads its own channel, and is refused by every other one and by all else that the board has", async () => {
    expect((await read("one")).part.levels).toHaveLength(2);
    expect((await read("two")).part.levels).toMatchObject([{ facilityId: "S2", onHand: -2 }]);
    expect((await read("two", "", "one")).status).toBe(403);
    expect((await read("shop", "", "one")).status).toBe(403);
    const items = [{ facilityId: "S2", idType: "SKU", idValue: "TEE" }];
    expect((await ask("/api/channels/two/levels", "one", { items })).status).toBe(403);
    const { paths } = (await board.json("/openapi.json")).body;
    const others = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method, path: path.replaceAll(/\{\w+\}/g, "one") })),
    );
    const answers = await Promise.all(
      others.map(async ({ method, path }) => {
        if (isOwn(path) || needsNoKey.has(path)) return undefined;
        const headers = { authorization: `Bearer ${keyOf("one")}`, "content-type": "application/json" };
        const body = method === "get" ? {} : { body: "{}" };
        const response = await fetch(`${board.url}${path}`, {
          ...{ method: method.toUpperCase(), headers, redirect: "manual" as const },
          ...body,
        });
        return [401, 403, 429].includes(response.status) ? undefined : `${method} ${path} ${response.status}`;
      }),
    );
    expect(others.length).toBeGreaterThan(50);
    expect(answers.filter((answer) => answer !== undefined)).toEqual([]);
  });
});

describe("a feed's cursor", () => {
  it.each([
    ["of another feed", async () => (await read("two")).part.cursor],
    [
      "with a number that no level has yet",
      async () => written({ ...opened((await read("one")).part.cursor), after: "99" }),
    ],
    ["with a number that is none for the database", () => written({ channel: 1, scope: "a", after: "9".repeat(19) })],
    [
      "with a place that is none for the database",
      () => written({ channel: 1, scope: "a", since: "1", facility: 2 ** 40, product: 1 }),
    ],
    ["without its channel", () => written({ after: "1" })],
    ["that is no text of ours", () => "%00%ff"],
  ])("%s is refused, and the channel stands as before", async (_what, made) => {
    const cursor = await made();
    const before = await pending("one");
    expect((await read("one", cursor)).status).toBe(400);
    expect(await pending("one")).toBe(before);
  });

  it("leads through what has changed, and back to all levels once the channel's settings are others", async () => {
    const { cursor } = (await read("one")).part;
    expect((await read("one", cursor)).part.levels).toEqual([]);
    await apply(board.database, sale("e3", "S1", "TEE", 1));
    await spreadChanges(board.database);
    expect((await read("one", cursor)).part.levels).toMatchObject([{ facilityId: "S1", onHand: -2 }]);
    const shop = { name: "shop", kind: "webhook", mode: "live", scope: "c", settings };
    await keepChannels(board.database.pool, [feed("one", "other"), feed("two", "b", { facilities: ["S2"] }), shop]);
    expect((await read("one", cursor)).part.levels).toHaveLength(2);
  });
});

it("20,000 levels set aside are shown and listed page by page, each within 300 ms and 300 kB", async () => {
  const { pool } = board.database;
  await pool.query(
    `insert into product (id_type, id_value) select 'SKU', 'ASIDE-' || n from generate_series(1, 20000) n`,
  );
  await pool.query(
    `insert into channel_item (channel_id, facility_id, product_id, problem, message, problem_since, attempts)
     select c.id, f.id, p.id, (array['REFUSED', 'UNMAPPED_PRODUCT'])[1 + p.id % 2], repeat('It is not sold here. ', 14), clock_timestamp(), 1
       from channel c, facility f, product p where c.name = 'shop' and f.facility_id = 'S1' and p.id_value like 'ASIDE-%'`,
  );
  await pool.query("analyze");
  const beyond = written({ facility: 2 ** 40, product: 1 });
  expect((await board.call(`/api/channels/shop/problems?cursor=${beyond}`)).status).toBe(400);
  const paths = [
    "/channels",
    "/channels/shop",
    "/channels/shop?code=REFUSED",
    "/api/channels",
    "/api/channels/shop/problems",
  ];
  for (const path of paths) {
    let [tookMs, characters] = [Number.POSITIVE_INFINITY, 0];
    // A machine that is busy with something else makes one answer late, a slow one makes each of them late.
    for (let turn = 0; turn < 12 && tookMs > 300; turn += 1) {
      const startedAt = performance.now();
      characters = (await (await board.call(path)).text()).length;
      tookMs = (performance.now() - startedAt) / slowness();
    }
    expect([path, tookMs < 300, characters < 300_000]).toEqual([path, true, true]);
  }
  const seen = new Set<string>();
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body } = await board.json(`/api/channels/shop/problems?limit=1000${cursor && `&cursor=${cursor}`}`);
    for (const { idValue } of body.items) seen.add(idValue ?? "");
    cursor = body.nextCursor;
  }
  expect(seen.size).toBe(20_000);
});
