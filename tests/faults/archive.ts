// An archived ledger (--archived): days before the traffic's own, of which the oldest go to files before the traffic begins and the others
// while it lasts, as counts come. Their events come again meanwhile; whoever archives is killed again and again. In the end all of it is put
// back, and judged with the rest.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";
import type { PlannedEvent, PlannedFile, PlannedRequest, Workload } from "./workload.ts";
import { startFile } from "./world/app.ts";
import { withClient } from "./world/servers.ts";
import type { World } from "./world/world.ts";

const dayMs = 24 * 3_600_000;
const begins = Date.parse("2026-01-01T08:00:00Z");
/** The first day of the traffic: everything before it may go. */
const before = "2026-01-05";
const eventsOfRequest = 20;
const requests = 12;
const killedAfterMs = [200, 2_500] as const;
const share = { killed: 0.6, again: 0.5, reused: 0.1 };

/** What happened on the days before, and which of it comes again, some with other contents. */
export interface History {
  readonly requests: readonly PlannedRequest[];
  /** Two counts of all that there is, in their order. */
  readonly files: readonly PlannedFile[];
  readonly again: readonly PlannedRequest[];
}

/** The days before a workload, at its stores and of its products. */
export function historyOf({ files }: Workload, random: Random, loadMs: number): History {
  const rows = files.flatMap((file) => file.rows).filter(({ facilityId }) => facilityId !== "BULK");
  const facilities = [...new Set(rows.map(({ facilityId }) => facilityId))];
  const skus = [...new Set(rows.map(({ sku }) => sku))];
  const events = Array.from(
    { length: requests * eventsOfRequest },
    (_, index): PlannedEvent => ({
      ...{ facilityId: random.pick(facilities), eventId: `h${index}` },
      type: random.pick(["sale", "sale", "return", "adjustment"] as const),
      occurredAtMs: begins + random.int(0, 3 * dayMs),
      lines: Array.from({ length: random.int(1, 3) }, () => ({ sku: random.pick(skus), quantity: random.int(1, 4) })),
    }),
  );
  const requestOf = (some: readonly PlannedEvent[], atMs: number) => ({ atMs, events: some, triesMax: 1_000 });
  const sent = Array.from({ length: requests }, (_, at) =>
    requestOf(events.slice(at * eventsOfRequest, (at + 1) * eventsOfRequest), 0),
  );
  const counts = [1, 2].map((day): PlannedFile => {
    const asOfMs = begins + day * dayMs;
    const stamp = new Date(asOfMs).toISOString().slice(0, 19).replace(/[-:]/g, "");
    const all = facilities.flatMap((facilityId) =>
      skus.map((sku) => ({ facilityId, sku, quantity: random.int(0, 200) })),
    );
    return { atMs: 0, name: `before-${day}-${stamp}Z.csv`, asOfMs, rows: all };
  });
  const again = sent
    .filter(() => random.chance(share.again))
    .map((request) => requestOf(request.events, random.int(0, loadMs)));
  const others = events
    .filter(() => random.chance(share.reused))
    .map((event) => ({ ...event, lines: event.lines.map((line) => ({ ...line, quantity: line.quantity + 5 })) }))
    .map((event) => requestOf([event], random.int(0, loadMs)));
  return { requests: sent, files: counts, again: [...again, ...others] };
}

const ledgerCommand = (world: World, ...words: readonly string[]) =>
  startFile(
    "apps/ops/dist/main.js",
    { ...world.env, DATABASE_OWNER_URL: world.databaseUrl, ARCHIVE_DIR: folderOf(world) },
    ["ledger", ...words],
  );
const archiveWords = ["archive", "--before", before, "--yes"] as const;
const folderOf = ({ dataDir }: World): string => join(dataDir, "ledger-archive");

/** Has the days before been recorded when they happened, and archives the first of them. */
export async function archiveFirst(world: World): Promise<void> {
  await withClient(world.databaseUrl, (client) => client.query("update movement set recorded_at = occurred_at"));
  const app = ledgerCommand(world, ...archiveWords);
  if ((await app.exited) !== 0) throw new Error(`the first archive failed: ${app.output()}`);
}

/** Archives until `isOver`, and is killed at any moment, more often than not. */
export async function archiveOn(world: World, random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const app = ledgerCommand(world, ...archiveWords);
    if (random.chance(share.killed)) {
      await Promise.race([app.exited, sleep(random.int(...killedAfterMs))]);
      app.signal("SIGKILL");
    }
    await app.exited;
    await sleep(random.int(50, 500));
  }
}

/** Archives what is left, verifies, audits what it leaves, and puts everything back. Returns what is wrong, in words. */
export async function putBack(world: World): Promise<string[]> {
  const faulty: string[] = [];
  const expect = async (...words: readonly string[]): Promise<void> => {
    const app = ledgerCommand(world, ...words);
    const exit = await app.exited;
    if (exit !== 0) faulty.push(`ops ledger ${words[0]} ended with ${exit}: ${app.output()}`);
  };
  await expect(...archiveWords);
  await expect("verify");
  const levels = () =>
    withClient(world.databaseUrl, async (client) => (await client.query("select * from level order by 1, 2")).rows);
  const had = JSON.stringify(await levels());
  const audit = startFile("apps/ops/dist/main.js", world.env, ["audit"]);
  if ((await audit.exited) !== 0) faulty.push(`the audit of the archived ledger: ${audit.output()}`);
  await expect("restore", "--yes");
  if (JSON.stringify(await levels()) !== had) faulty.push("levels are not what they were before they were put back");
  const left = await withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query<{ files: number; left: number }>(
      `select (select count(*)::int from ledger_archive) as files,
              (select count(*)::int from archived_event) + (select count(*)::int from facility where archived_until is not null) as left`,
    );
    return rows[0];
  });
  if ((left?.files ?? 0) === 0 || left?.left !== 0) faulty.push(`the archive: ${JSON.stringify(left)}`);
  return faulty;
}
