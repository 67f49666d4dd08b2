// Every page judged, with something in each place of it: also what a retailer does not have every day, two names of one store, a till whose
// clock is wrong, a channel, a refused request, a file that waits to be read.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase, recordClocks } from "@inventory-sync/db";
import type { NamePair } from "@inventory-sync/domain";
import { eventually } from "../support/index.ts";
import { lookAtPages } from "./look-at-page.ts";
import { heldFacility } from "./retailer.ts";
import type { Stage } from "./stage.ts";

const waiting = "nightly.csv";
const hourMs = 3_600_000;

const rarePlaces = [
  ...["/names", "/facilities/S004/clock", "/channels", "/channels/shop", "/requests"],
  ...[`/sources/default/files/${waiting}`, "/sources"],
];

/** Settings that the rare things need. */
export const rareSettings = { SHOP_SECRET: `whsec_${Buffer.alloc(32, "s").toString("base64")}` };

/** Looks at every page in three tabs. @returns what is wrong, one line each */
export async function lookAtEveryPage(stage: Stage): Promise<string[]> {
  const { first, second } = stage.retailer;
  const clear = await makeRareThings(stage);
  const places = [
    ...["/", "/resets", `/resets/${second.id}`, `/resets/${second.id}?facility=${heldFacility}`],
    ...[`/resets/${first.id}/revert?facility=S001`, "/facilities", "/facilities/S001", "/find", ...rarePlaces],
    ...["/facilities/S001/products/SKU/TEE-RED-M", "/find?q=TEE", "/facilities/S001/events/late-1", "/docs"],
    ...["/jobs", "/jobs/dismissed", "/alarms", "/runbook", "/audit", "/no-such-page"],
  ].map((path) => [path] as const);
  // One signs in, the others have it from there.
  const tabs = [await stage.open("olga", "/")];
  tabs.push(...(await Promise.all([2, 3].map(() => stage.open("olga", "/")))));
  const found = await lookAtPages(
    tabs.map(({ page }) => page),
    // Bull Board draws its pages in the browser.
    [["/queues", /^2 Jobs$/], ["/queues/queue/events?status=failed", "event scarf-3"], ...places],
  );
  await clear();
  const signIn = await stage.open(undefined, "/sign-in");
  found.push(...(await lookAtPages([signIn.page], [["/sign-in"]])));
  const docs = await stage.browser.newPage();
  found.push(...(await lookAtPages([docs], [[`${stage.system.ingestUrl}/docs`]])));
  await docs.close();
  const visits = [...tabs, signIn];
  found.push(...visits.flatMap(({ faults }) => faults));
  await Promise.all(visits.map((each) => each.close()));
  return found;
}

/** Makes them. @returns takes away again what other tests would trip over */
async function makeRareThings({ system, locks }: Stage): Promise<() => Promise<void>> {
  const at = new Date().toISOString();
  const pair = (a: string, b: string): NamePair => ({
    ...{ kind: "facility", form: "apart", likeness: "zeros", facilityId: null, facilities: 1 },
    ...{ a: { facilityId: a }, b: { facilityId: b }, unitsOfA: 31, unitsOfB: 977, since: at, countedAt: at },
  });
  const unmatched = { facilities: [{ facilityId: "S005", units: 4, since: at }], products: [], productCount: 0 };
  // The worker is kept from looking anew: it would find that it is not so.
  await locks.rows(
    "insert into name_look values (1, now(), 100000, $1) on conflict (id) do update set took_ms = 100000, unmatched = $1",
    [JSON.stringify(unmatched)],
  );
  await locks.rows(
    `insert into name_pair (kind, low, high, pair, first_seen, differ_at, differ_by, differ_because)
     values ('facility', 1, 2, $1, now(), null, null, null), ('facility', 1, 3, $2, now(), now(), 'olga', 'two sites')`,
    [pair("S001", "S002"), pair("S001", "S003")].map((each) => JSON.stringify(each)),
  );
  const database = openDatabase({ url: system.databaseUrl, name: "clocks", poolMax: 1 });
  const slot = { facilityId: "S004", slot: new Date(Date.now() - 300_000), events: 10, absorbed: 9 };
  const late = { lateEvents: 10, zoneEvents: 10, zoneHalfHours: 12 };
  await recordClocks(database, [{ ...slot, ...late, lagMinMs: 6 * hourMs, lagMaxMs: 6 * hourMs + 4_000 }]);
  await database.close();
  await system.putSnapshot(waiting, "EUR|S001|TEE|P|12\nEUR|S001|CAP|N|3\n");
  const channel = {
    ...{
      name: "shop",
      kind: "webhook",
      url: "https://shop.example/levels",
      secret: { env: "SHOP_SECRET" },
      mode: "shadow",
    },
    ...{ facilities: "*", products: { idType: "SKU" } },
  };
  await writeFile(join(system.dataDir, "channels.json"), JSON.stringify({ channels: [channel] }));
  await system.postEvents({ eventId: "refused" });
  const shows = async (path: string, text: string) => (await (await system.board(path)).text()).includes(text);
  await eventually(async () => (await shows("/api/requests", '"refused"')) && (await shows("/api/channels", '"shop"')));
  return async () => {
    await rm(join(system.sftp.root, "incoming", waiting), { force: true });
    await locks.rows("delete from name_pair");
    await locks.rows("delete from name_look");
  };
}
