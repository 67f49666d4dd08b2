// The pages of channels: a channel in figures, and what each channel believes of one product.
import { keepChannels } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { confirmedPerSecond } from "../src/pages/channels/lag.ts";
import { apply, startTestBoard, type TestBoard } from "./support.ts";

let board: TestBoard;
beforeAll(async () => {
  board = await startTestBoard();
  const settings = { facilities: "*", products: { idType: "SKU" }, safetyStock: { default: 0 } };
  await keepChannels(board.database.pool, [
    { name: "shop", kind: "webhook", mode: "live", scope: "a", settings },
    { name: "north", kind: "webhook", mode: "live", scope: "b", settings: { ...settings, facilities: { S2: "two" } } },
  ]);
  for (const facilityId of ["S1", "S2"])
    await apply(board.database, {
      ...{ eventId: "e1", facilityId, type: "sale", occurredAt: new Date().toISOString() },
      lines: [{ sku: "<TEE>", quantity: 2 }],
    });
  await board.database.pool.query(
    `insert into channel_item (channel_id, facility_id, product_id, told_on_hand, told_at, problem, message, problem_since, attempts)
     select c.id, l.facility_id, l.product_id, 5, clock_timestamp(), 'REFUSED', 'It is not sold here.', clock_timestamp(), 1
       from channel c, level l join facility f on f.id = l.facility_id where c.name = 'shop' and f.facility_id = 'S1'`,
  );
});
afterAll(() => board.stop());

describe("the pages of channels", () => {
  it("tell what each channel believes of a product, in the stores that it is told of", async () => {
    const { body } = await board.json("/api/channel-levels?id=%3Ctee%3E");
    const [product] = (body.items ?? []) as unknown as readonly { levels: Record<string, unknown>[] }[];
    expect(
      product?.levels.map(({ channel, facilityId, onHand, toldOnHand, code }) => [
        channel,
        facilityId,
        onHand,
        toldOnHand,
        code,
      ]),
    ).toEqual([
      ["north", "S2", -2, null, null],
      ["shop", "S1", -2, 5, "REFUSED"],
      ["shop", "S2", -2, null, null],
    ]);
    expect((await board.json("/api/channel-levels?id=")).body.items).toEqual([]);
    const page = await (await board.call("/channels?product=%3CTEE%3E")).text();
    expect(page).toContain("What each channel was told of SKU &#60;TEE&#62;");
    expect(page).toContain("<strong>REFUSED</strong><br>It is not sold here.");
    expect(page).not.toContain("<TEE>");
    expect(await (await board.call("/channels?product=none")).text()).toContain(
      "No product has “none” in one of its ids.",
    );
  });

  it("show a channel in figures, with how far behind it was", async () => {
    const page = await (await board.call("/channels/shop")).text();
    expect(page).toMatch(/id="tile-refused"[\s\S]*?REFUSED 1/);
    expect(page).toContain("Levels that wait: 0 levels wait now, 0 at most.");
    expect(page).toContain('data-plot="');
  });

  it("know how many levels are confirmed a second from what was seen in the last minute", () => {
    const seen = (at: number, published: number) => ({
      at: at * 1_000,
      published,
      pending: 0,
      oldestPendingSeconds: 0,
    });
    expect(confirmedPerSecond([])).toBeUndefined();
    expect(confirmedPerSecond([seen(0, 5)])).toBeUndefined();
    expect(confirmedPerSecond([seen(0, 0), seen(100, 500), seen(130, 560)])).toBe(2);
  });
});
