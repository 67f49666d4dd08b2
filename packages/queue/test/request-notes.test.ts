// Notes of ingest on their way to a worker: kept on the queue's server, removed once they were taken, and never more than bounded.
import { expect, it, onTestFinished } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { openQueues } from "../src/index.ts";
import { open, rememberingLog } from "./support.ts";

eachBackend("notes of requests", (backend) => {
  it("come in their order to another process, and stay until it has removed them", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const [ingest, worker] = [await open(server.url), await open(server.url, { role: "consumer" })];
    await Promise.all([ingest, worker].map((queues) => queues.connection.outage.whenUp()));
    for (const text of ["a", "b", "c"]) expect(ingest.addRequestNote(text)).toBe(true);
    const read = async () => (await worker.readRequestNotes(10)).map(({ text }) => text);
    expect(await eventually(async () => ((await read()).length === 3 ? read() : undefined))).toEqual(["a", "b", "c"]);
    const [first, second] = await worker.readRequestNotes(2);
    await worker.removeRequestNotes([first?.id ?? "", second?.id ?? ""]);
    await worker.removeRequestNotes([]);
    expect(await read()).toEqual(["c"]);
  });

  it("are written at the end of the process; of many the newest are kept", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const worker = await open(server.url, { role: "consumer" });
    await worker.connection.outage.whenUp();
    for (let round = 0; round < 6; round += 1) {
      const ingest = await openQueues({ url: server.url, role: "producer", log: rememberingLog() });
      await ingest.connection.outage.whenUp();
      const taken = Array.from({ length: 600 }, (_, index) => ingest.addRequestNote(`${round} ${index}`));
      expect(taken.filter((each) => !each).length).toBe(100);
      await ingest.close();
    }
    const notes = await worker.readRequestNotes(10_000);
    expect(notes.length).toBeGreaterThanOrEqual(2_000);
    expect(notes.length).toBeLessThan(2_200);
    expect(notes.at(-1)?.text).toBe("5 499");
  });

  it("wait without a word while the server cannot be reached, no more than fit", async () => {
    const log = rememberingLog();
    const url = backend.kind === "redis" ? "redis://127.0.0.1:1" : "postgres://nobody@127.0.0.1:1/none";
    const ingest = await openQueues({ url, role: "producer", log });
    const large = "x".repeat(300_000);
    expect([1, 2, 3, 4].map(() => ingest.addRequestNote(large))).toEqual([true, true, true, false]);
    await expect(ingest.readRequestNotes(1)).rejects.toThrow();
    await ingest.close();
    expect(log.said.filter(({ level }) => level === "error")).toEqual([]);
  });
});
