// Ingest over a queue of several servers: what a client is told when one of them is missing.
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, masterAndReplica, startCluster, whyNoRedis } from "../../../tests/support/index.ts";
import { startIngestProcess } from "./ingest-process.ts";

const FACILITIES = 40;

const sale = (eventId: string, facilityId = "S001") => ({
  ...{ eventId, facilityId, type: "sale", occurredAt: "2026-11-23T10:15:00Z" },
  lines: [{ sku: "A", quantity: 1 }],
});

async function ingestOver(queueUrl: string, env: Readonly<Record<string, string>>) {
  const ingest = await startIngestProcess({ queueUrl, env });
  onTestFinished(() => ingest.stop());
  return ingest;
}

it.runIf(whyNoRedis() === undefined)(
  "fewer replicas than QUEUE_REPLICAS: 503 in time, not ready and why, until one follows again and the same request counts once",
  async () => {
    const { master, replica } = await masterAndReplica(await freshFolder("ingest-replicas"));
    onTestFinished(async () => void (await Promise.all([master.kill(), replica.kill()])));
    const ingest = await ingestOver(master.url, { QUEUE_REPLICAS: "1" });
    await eventually(async () => (await ingest.post("/v1/events", sale("with it"))).status === 202);

    process.kill(replica.pid, "SIGSTOP");
    const startedAt = Date.now();
    const refused = await ingest.post("/v1/events", sale("frozen"));
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(refused).toMatchObject({ status: 503, body: { type: "/docs#queue-unavailable" } });
    expect(refused.body.detail, "the master has it").toMatch(/^It is not certain that anything was accepted/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    process.kill(replica.pid, "SIGCONT");
    await eventually(async () => (await ingest.post("/v1/events", sale("frozen"))).status === 202);

    await replica.kill();
    const unready = await eventually(async () => {
      const answer = await ingest.get("/readyz");
      return answer.status === 503 ? answer : undefined;
    });
    expect(unready.body).toMatchObject({ status: "not ready", missing: ["queue"] });
    expect(unready.text).toMatch(/0 of 1 replicas follow the queue server \(QUEUE_REPLICAS\)/);
    expect((await ingest.post("/v1/events", sale("gone"))).status).toBe(503);
    expect((await ingest.get("/healthz")).status).toBe(200);
    const queued = (await ingest.queued()).map(({ eventId }) => eventId);
    expect(queued.filter((eventId) => eventId === "frozen")).toHaveLength(1);
  },
);

it.runIf(whyNoRedis() === undefined)(
  "on a cluster without QUEUE_REPLICAS it warns at its start; a master that is away takes only its own shards along, and ingest stays ready",
  async () => {
    const cluster = await startCluster(await freshFolder("ingest-shards"), { replicas: false });
    onTestFinished(() => cluster.kill());
    const ingest = await ingestOver(cluster.url, { EVENT_SHARDS: "4" });
    const ids = Array.from({ length: FACILITIES }, (_, at) => `S${at}`);
    const statuses = () =>
      Promise.all(ids.map(async (id) => [id, (await ingest.post("/v1/events", sale(`of ${id}`, id))).status] as const));
    const refusedNow = async () => (await statuses()).flatMap(([id, status]) => (status === 202 ? [] : [id]));
    await eventually(async () => (await refusedNow()).length === 0);
    await eventually(() => ingest.process.output().includes("QUEUE_REPLICAS is 0"));
    type Detail = { readonly warnings: string[]; readonly shards: { readonly name: string; readonly ok: boolean }[] };
    const ready = async () => {
      const { status, body } = await ingest.get("/readyz");
      return { status, detail: body.checks.queue.detail as Detail };
    };
    const { warnings } = await eventually(async () => {
      const { detail } = await ready();
      return detail?.shards.every(({ ok }) => ok) ? detail : undefined;
    });
    expect(warnings).toEqual([expect.stringMatching(/^QUEUE_REPLICAS is 0/)]);

    const [victim] = await cluster.mastersNow();
    await victim?.kill();
    // A shard that was merely slow once is not among those that are refused twice.
    const refused = await eventually(async () => {
      const [those, again] = [await refusedNow(), await refusedNow()];
      return those.length > 0 && those.length < FACILITIES && String(those) === String(again) ? those : undefined;
    });
    const { status, detail } = await eventually(async () => {
      const now = await ready();
      return now.detail?.shards.some(({ ok }) => !ok) ? now : undefined;
    });
    expect(status).toBe(200);
    const away = detail.shards.flatMap(({ name, ok }) => (ok ? [] : [name]));
    expect(away.length).toBeLessThan(4);
    expect(detail.warnings.join()).toContain(`${away.join(", ")}: `);
    await eventually(async () => String(await refusedNow()) === String(refused));

    await victim?.ensure();
    await eventually(async () => (await refusedNow()).length === 0);
    await eventually(async () => (await ready()).detail.shards.every(({ ok }) => ok));
  },
);
