// What other systems send as they always have: HotWax's UpdateInventory call and Retail Pro Prism's documents.
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyBackend, eventually, type System, startSystem } from "../support/index.ts";
import { type Outside, outsideOf } from "./outside.ts";

anyBackend("the sources from outside", ({ kind }) => {
  let system: System;
  let outside: Outside;
  beforeAll(async () => {
    system = await startSystem({ backend: kind });
    outside = await outsideOf(system);
  });
  afterAll(async () => {
    outside?.end();
    await system?.stop();
  });

  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${system.ingestUrl}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${system.ingestKey}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  const level = async (facilityId: string, idType: string, idValue: string): Promise<number | undefined> => {
    const response = await system.board(`/api/facilities/${facilityId}/inventory/${idType}/${idValue}`);
    return response.status === 404 ? undefined : ((await response.json()) as { onHand: number }).onHand;
  };

  const hotwax = (change: object, headers?: Readonly<Record<string, string>>) =>
    post(
      "/api/service/updateInventoryByIdentification",
      {
        ...{ facilityId: "HW1", availableDelta: -2, idType: "SHOPIFY_PROD_ID", idValue: "8812345678901" },
        ...{ locationSeqId: "TLTLTLLL01", varianceReasonId: "POS_SALE", ...change },
      },
      headers,
    );

  test("HotWax's call changes the level, answers with its input, and counts once however often its id is sent", async () => {
    const sent = { eventId: "hw-1", occurredAt: "2026-11-01T10:00:00-05:00" };
    for (let time = 0; time < 3; time += 1) {
      const answer = await hotwax(sent);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ ...sent, facilityId: "HW1", availableDelta: -2, idempotent: true });
    }
    expect(await outside.applied("HW1", "hw-1")).toMatchObject([{ type: "adjustment", quantity: -2, effect: -2 }]);
    const byHeader = await hotwax({ availableDelta: 5 }, { "idempotency-key": "hw-2" });
    expect(await byHeader.json()).toMatchObject({ eventId: "hw-2", idempotent: true });
    await outside.applied("HW1", "hw-2");
    expect(await level("HW1", "SHOPIFY_PROD_ID", "8812345678901")).toBe(3);
    expect(await outside.failedCauses()).toEqual([]);
  });

  test("HotWax's call without an id counts each time, and its answer says that a retry cannot be told", async () => {
    const change = { facilityId: "HW2", idType: "sku", idValue: "TEE" };
    const ids: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      const answer = (await (await hotwax(change)).json()) as { eventId: string; idempotent: boolean };
      expect(answer.idempotent).toBe(false);
      ids.push(answer.eventId);
    }
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) await outside.applied("HW2", id);
    expect(await level("HW2", "SKU", "TEE")).toBe(-4);
  });

  const line = {
    ...{
      item_pos: 1,
      item_type: 1,
      quantity: 2,
      alu: "SHOE",
      scan_upc: "1212",
      invn_sbs_item_sid: "535151649000156102",
    },
    ...{ store_number: 1, fulfill_store_sid: "535145030000147005", fulfill_store_no: 1 },
  };
  const document = {
    ...{ sid: "592481256000133060", created_datetime: "2026-11-01T22:34:16.000+03:00" },
    ...{ invoice_posted_date: "2026-11-01T22:35:57.000+03:00", status: 4, is_held: false, receipt_type: 0 },
    ...{ store_number: 1, store_code: "ORD" },
    items: [
      line,
      { ...line, item_pos: 2, item_type: 2, quantity: 1, alu: "BAG" },
      { ...line, item_pos: 3, item_type: 3, quantity: 9, alu: "SHOE" },
      { ...line, item_pos: 4, alu: "SHOE", quantity: 5, fulfill_store_no: 7 },
      { ...line, item_pos: 5, alu: "GIFT-CARD", non_inventory: true },
    ],
  };

  test("a Prism document takes its sales away, adds its returns, and takes from the store that fulfils", async () => {
    const answer = await post("/v1/prism/documents", [document]);
    expect(answer.status).toBe(202);
    const { accepted, documents } = (await answer.json()) as {
      accepted: number;
      documents: { sid: string; events: object[]; ignored: { item_pos: number; reason: string }[] }[];
    };
    expect(accepted).toBe(2);
    expect(documents).toMatchObject([
      {
        sid: document.sid,
        events: [
          { facilityId: "1", lines: 2 },
          { facilityId: "7", lines: 1 },
        ],
      },
    ]);
    expect(documents[0]?.ignored.map(({ item_pos }) => item_pos)).toEqual([3, 5]);

    expect(await outside.applied("1", document.sid)).toMatchObject([
      { line: 1, idType: "ALU", idValue: "SHOE", effect: -2 },
      { line: 2, idType: "ALU", idValue: "BAG", effect: 1 },
    ]);
    expect(await outside.applied("7", document.sid)).toMatchObject([
      { line: 4, idType: "ALU", idValue: "SHOE", effect: -5 },
    ]);
    expect([await level("1", "ALU", "SHOE"), await level("1", "ALU", "BAG"), await level("7", "ALU", "SHOE")]).toEqual([
      -2, 1, -5,
    ]);
    expect(await level("1", "ALU", "GIFT-CARD")).toBeUndefined();
  });

  test("a sid past 2^53 stays itself, sent as a number of 18 digits too", async () => {
    const asNumber = JSON.stringify({ ...document, sid: "SID", items: [{ ...line, alu: "BOOT" }] }).replace(
      '"SID"',
      "592481256000133061",
    );
    expect((await post("/v1/prism/documents", asNumber)).status).toBe(202);
    expect(await outside.applied("1", "592481256000133061")).toMatchObject([{ idValue: "BOOT", effect: -2 }]);
  });

  test("a document sent again changes nothing, an open or held one is answered with the reason", async () => {
    const again = { ...document, sid: "592481256000133070", items: [{ ...line, alu: "SOCK" }] };
    for (let time = 0; time < 2; time += 1) await post("/v1/prism/documents", again);
    await outside.applied("1", again.sid);
    const answer = await post("/v1/prism/documents", [
      { ...again, sid: "592481256000133071", status: 3 },
      { ...again, sid: "592481256000133072", is_held: true },
    ]);
    const { accepted, documents } = (await answer.json()) as { accepted: number; documents: { ignored: object[] }[] };
    expect(accepted).toBe(0);
    expect(documents.map(({ ignored }) => ignored.length)).toEqual([1, 1]);
    const idle = async () =>
      Object.entries((await outside.jobs("events", "completed")).counts).every(
        ([state, count]) => state === "completed" || !count,
      );
    await eventually(idle);
    expect(await level("1", "ALU", "SOCK")).toBe(-2);
  });

  test("a document whose store changes after it was sent takes nothing away twice, and says so on the board", async () => {
    const sent = { ...document, sid: "592481256000133080", items: [{ ...line, alu: "GLOVE" }] };
    await post("/v1/prism/documents", sent);
    await outside.applied("1", sent.sid);
    await post("/v1/prism/documents", { ...sent, invoice_posted_date: "2026-11-01T22:40:00.000+03:00" });
    await post("/v1/prism/documents", { ...sent, items: [{ ...line, alu: "GLOVE", fulfill_store_no: 2 }] });
    await eventually(async () =>
      expect(await outside.failedCauses()).toMatchObject([{ error: "DOCUMENT_MOVED", count: 1 }]),
    );
    const board = await system.board("/api/jobs/failed?error=DOCUMENT_MOVED");
    const { items } = (await board.json()) as { items: { message: string }[] };
    expect(items.map(({ message }) => message)).toEqual([expect.stringMatching(/store 2 now.*line 1 at store 1/)]);
    expect([await level("1", "ALU", "GLOVE"), await level("2", "ALU", "GLOVE")]).toEqual([-2, undefined]);
  });
});
