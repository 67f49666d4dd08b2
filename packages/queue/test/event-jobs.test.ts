// Where one event stands in the queue, by its ids alone: waiting, put off, failed, or nowhere.
import { expect, it } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { consumeEvents } from "../src/index.ts";
import { closing, done, numbered, openFresh, sale } from "./support.ts";

eachBackend("an event in the queue", (backend) => {
  it("is found wherever its job is, also among others of one job, and not by the id of another facility's", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const find = (eventId: string, facilityId = "S001") => queues.findEventJobs({ facilityId, eventId });
    await queues.addEvents([...numbered(40), sale("alone", { facilityId: "S002" }), sale('odd "é\\', {})], "pos");
    const waiting = { isWaiting: true, failed: undefined, isAll: true };
    const nowhere = { isWaiting: false, failed: undefined, isAll: true };
    for (const eventId of ["e-1", "e-40", 'odd "é\\']) expect(await find(eventId)).toEqual(waiting);
    expect(await find("alone", "S002")).toEqual(waiting);
    expect([await find("alone"), await find("e-41"), await find("e-1", "S002")]).toEqual([nowhere, nowhere, nowhere]);

    closing(
      consumeEvents(queues, async (events) =>
        events.map(({ facilityId }) =>
          facilityId === "S002" ? { fate: "rejected", code: "NO", message: "for a test" } : done,
        ),
      ),
    );
    await eventually(async () => (await queues.counts()).events.failed === 1 && !(await find("e-1")).isWaiting);
    expect(await find("alone", "S002")).toMatchObject({ isWaiting: false, failed: { cause: "NO" } });
    expect(await find("e-1")).toEqual(nowhere);
  });

  it("that is put off again and again is found at every moment", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    await queues.addEvents([sale("held")], "pos");
    let runs = 0;
    closing(
      consumeEvents(queues, async (events) => {
        runs += 1;
        return events.map(() => ({ fate: "deferred", retryAfterMs: 1, reason: "for a test" }) as const);
      }),
    );
    await eventually(async () => runs > 2);
    const until = runs + 5;
    let looks = 0;
    while (runs < until || looks < 20) {
      expect((await queues.findEventJobs({ facilityId: "S001", eventId: "held" })).isWaiting).toBe(true);
      looks += 1;
    }
  });
});
