// Two sales under one receipt number: told apart from a sale sent again, and booked under a number of its own, once.
import { applyEvents } from "@inventory-sync/db";
import { fromWire, type WireEvent } from "@inventory-sync/domain";
import { bookClashes, type Clash, dismissJobs, listClashes, listDismissed, Refusal } from "@inventory-sync/operator";
import { type Consumer, consumeEvents, openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import { anyBackend, eventually, type FreshQueueServer } from "../../../tests/support/index.ts";
import { type OpenTestDatabase, openFresh } from "../../db/test/support.ts";

const at = "2026-11-23T10:00:00Z";
const by = { who: "ada", reason: "two tills on one number" };

anyBackend("a receipt number used twice", (backend) => {
  let database: OpenTestDatabase;
  let server: FreshQueueServer;
  let queues: Queues;
  let consumer: Consumer;
  beforeAll(async () => {
    [database, server] = await Promise.all([openFresh(), backend.freshQueueServer()]);
    const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
    queues = await openQueues({ url: server.url, role: "producer", log });
    consumer = consumeEvents(queues, (events) =>
      applyEvents(database, events, { facility: "create", product: "create" }),
    );
    // One product under two ids.
    const tee = await database.prisma.product.create({ data: { idType: "SKU", idValue: "TEE" } });
    const names = [
      ["SKU", "TEE"],
      ["UPCA", "012345678905"],
    ] as const;
    for (const [idType, idValue] of names)
      await database.prisma.productIdentification.create({ data: { idType, idValue, productId: tee.id } });
  });
  afterAll(async () => {
    await consumer.close({ graceMs: 2_000 });
    await queues.close();
    await Promise.all([server.drop(), database.drop()]);
  });

  const parts = () => ({ database, queues });
  const idle = async () => {
    const { waiting, active, delayed } = (await queues.counts()).events;
    return waiting + active + delayed === 0;
  };
  const send = async (...events: readonly WireEvent[]) => {
    for (const each of events) await queues.addEvents([fromWire(each, new Date("2026-11-23T10:00:02Z"))], "pos");
    await eventually(idle);
  };
  const event = (facilityId: string, eventId: string, lines: WireEvent["lines"], occurredAt = at): WireEvent => ({
    ...{ eventId, facilityId, type: "sale", occurredAt, lines },
  });
  const tee = { sku: "TEE", quantity: 1 };
  const cap = { sku: "CAP", quantity: 2 };
  const upc = { idType: "UPCA", idValue: "012345678905", quantity: 1 };
  const clashes = async (facility: string): Promise<Clash[]> =>
    (await listClashes(parts(), { facility }, { limit: 50 })).items;
  const onHand = async (facilityId: string) => {
    const { rows } = await database.pool.query<{ name: string; at: string }>(
      `select p.id_value as name, l.on_hand::float8 as at from level l join product p on p.id = l.product_id
         join facility f on f.id = l.facility_id where f.facility_id = $1 order by 1`,
      [facilityId],
    );
    return Object.fromEntries(rows.map(({ name, at: quantity }) => [name, quantity]));
  };

  it.each<[string, WireEvent["lines"], WireEvent["lines"], string, "resend" | "stock", RegExp]>([
    ["its lines in another order", [tee, cap], [cap, tee], at, "resend", /another order/],
    ["a second later", [tee], [tee], "2026-11-23T10:00:01Z", "resend", /1 s later: the same sale sent again/],
    ["its product under another id", [tee], [upc], at, "resend", /other ids/],
    ["two of one line as two lines", [{ sku: "TEE", quantity: 2 }], [tee, upc], at, "resend", /same products/],
    ["another product", [tee], [cap], at, "stock", /change stock otherwise/],
    ["one more of it", [tee], [tee, tee], at, "stock", /change stock otherwise/],
    ["a product nobody knows", [tee], [tee, { sku: "NEW-1", quantity: 1 }], at, "stock", /otherwise/],
    ["the same five hours before", [tee], [tee], "2026-11-23T05:00:00Z", "stock", /5 h earlier: likely two sales/],
  ])(
    "tells a change of stock from the same sale written otherwise: %s",
    async (what, first, second, time, kind, says) => {
      await send(event("KINDS", what, first));
      await send(event("KINDS", what, second, time));
      const found = (await clashes("KINDS")).find(({ eventId }) => eventId === what);
      expect(found).toMatchObject({ kind, says: expect.stringMatching(says), isBooked: false, hint: null });
      expect(found?.first?.lines).toHaveLength(first?.length ?? 0);
      expect(found?.second.lines).toHaveLength(second?.length ?? 0);
    },
  );

  it("says what the two are", async () => {
    await send(event("TYPES", "r1", [tee]));
    await send({ ...event("TYPES", "r1", [tee]), type: "return" });
    expect(await clashes("TYPES")).toMatchObject([
      { says: "They change stock otherwise: a sale and a return under one number." },
    ]);
  });

  it("books those of a cause that change stock, once, whoever asks how often, and leaves what was only sent again", async () => {
    const twice = Array.from({ length: 20 }, (_, index) => `T1-${index}`);
    await send(...[...twice, "again"].map((id) => event("BOOK", id, [tee])));
    await send(...twice.map((id) => event("BOOK", id, [cap])), event("BOOK", "again", [tee], "2026-11-23T10:00:01Z"));
    expect(await onHand("BOOK")).toEqual({ TEE: -21 });
    const filter = { cause: "EVENT_ID_REUSED", facility: "BOOK" };
    const each = await Promise.all([
      bookClashes(parts(), filter, by),
      bookClashes(parts(), filter, { ...by, who: "bo" }),
    ]);
    await eventually(idle);
    expect(await onHand("BOOK")).toEqual({ TEE: -21, CAP: -40 });
    expect(each.reduce((sum, { booked, again }) => sum + booked + again, 0)).toBe(20);
    expect((await clashes("BOOK")).map(({ eventId, kind }) => [eventId, kind])).toEqual([["again", "resend"]]);
    const { jobs } = await listDismissed(database, { facility: "BOOK" }, { limit: 50 });
    const gone = jobs.filter(({ confirmed }) => confirmed);
    expect(gone).toHaveLength(20);
    expect(gone[0]).toMatchObject({ bookedAs: expect.stringMatching(/^T1-\d+~[0-9a-f]{12}$/), lost: 0 });
    expect(gone[0]?.reason).toBe(`booked as a sale of its own: ${by.reason}`);
  });

  it("changes nothing when the second is sent once more under the old number and booked once more", async () => {
    await send(event("MORE", "T2", [tee]));
    await send(event("MORE", "T2", [cap]));
    expect(await bookClashes(parts(), { facility: "MORE" }, by)).toMatchObject({ booked: 1, again: 0, left: 0 });
    await eventually(idle);
    await send(event("MORE", "T2", [cap]));
    expect(await clashes("MORE")).toMatchObject([{ isBooked: true }]);
    expect(await bookClashes(parts(), { facility: "MORE" }, by)).toMatchObject({ booked: 0, again: 1, left: 0 });
    await eventually(idle);
    expect(await onHand("MORE")).toEqual({ TEE: -1, CAP: -2 });
    expect(await clashes("MORE")).toEqual([]);
  });

  it("loses no sale that is booked by one and dismissed by another at the same time", async () => {
    const twice = Array.from({ length: 10 }, (_, index) => `T3-${index}`);
    for (const lines of [[tee], [cap]]) await send(...twice.map((id) => event("RACE", id, lines)));
    const filter = { facility: "RACE", cause: "EVENT_ID_REUSED" };
    await Promise.all([bookClashes(parts(), filter, by), dismissJobs(parts(), filter, { ...by, reason: "doubles" })]);
    await eventually(idle);
    expect(await clashes("RACE")).toEqual([]);
    // Each is booked, or among the dismissed as one that was not.
    const { jobs } = await listDismissed(database, { facility: "RACE" }, { limit: 50 });
    const unbooked = jobs.filter(({ confirmed, bookedAs }) => confirmed && bookedAs === null).length;
    const booked = jobs.filter(({ confirmed, bookedAs }) => confirmed && bookedAs !== null).length;
    expect(booked + unbooked).toBe(10);
    const { CAP = 0 } = await onHand("RACE");
    expect(-CAP / 2).toBeGreaterThanOrEqual(booked);
  });

  it("books what a person names whatever it differs in, keeps a shipment for its sender, and says that an id looks rounded", async () => {
    const id = "711111111111111200";
    const ship = (lines: WireEvent["lines"]): WireEvent => ({ ...event("NAMED", "ship", lines), type: "shipment" });
    await send(event("NAMED", id, [tee]), ship([tee]));
    await send(event("NAMED", id, [tee], "2026-11-23T10:00:01Z"), ship([cap]));
    const found = await clashes("NAMED");
    const named = found.map(({ jobId }) => jobId);
    expect(found.find(({ eventId }) => eventId === id)?.hint).toMatch(/rounded/);
    expect(found.find(({ eventId }) => eventId === "ship")?.bookedAs).toBeNull();
    expect(await bookClashes(parts(), { ids: named }, by)).toMatchObject({ booked: 1, left: 1 });
    await eventually(idle);
    expect(await onHand("NAMED")).toEqual({ TEE: -3 });
    await expect(bookClashes(parts(), { cause: "UNKNOWN_PRODUCT" }, by)).rejects.toThrow(Refusal);
  });
});
