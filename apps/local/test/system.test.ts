// The starter of whole-system tests: a sale and a snapshot go through real processes on both queue backends.
import { expect, it } from "vitest";
import { eachBackend, eventually, startSystem } from "../../../tests/support/index.ts";

interface Level {
  readonly onHand: number;
}

eachBackend(
  "the whole system",
  (backend) => {
    it("takes a sale and a snapshot, also after its worker was killed", async () => {
      const system = await startSystem({ backend: backend.kind });
      try {
        const onHand = async () => {
          const answer = await system.board("/api/facilities/S001/inventory/SKU/A");
          return answer.ok ? ((await answer.json()) as Level).onHand : undefined;
        };
        const sale = { eventId: "e1", facilityId: "S001", type: "sale", lines: [{ sku: "A", quantity: 3 }] };
        expect((await system.postEvents({ ...sale, occurredAt: new Date().toISOString() })).status).toBe(202);
        await eventually(async () => (await onHand()) === -3, { withinMs: 90_000 });
        await system.processes.worker.kill();
        const asOf = new Date().toISOString();
        await system.putSnapshot("onhand.csv", `facilityId,sku,quantity,asOf\nS001,A,50,${asOf}\n`);
        expect((await system.board("/api/resets", { file: "onhand.csv" })).status).toBe(202);
        await system.restart("worker");
        await eventually(async () => (await onHand()) === 50, { withinMs: 90_000 });
      } finally {
        await system.stop();
      }
    });
  },
  { atOnce: true },
);
