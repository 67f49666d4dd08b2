// A first month at a retailer: half of it quiet days on which nothing may ring, then a day for each thing that goes wrong in the field, in an order
// and with details that follow from a seed. Each must be named within its day. `MONTH_SEED=<seed> npm test -- tests/flows/first-month`
// repeats a month. The product's clock is the real one: a day passes by moving the past back.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ageDatabase, anyBackend, eventually, type System, startSystem } from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { countFile, createMonth, type Day, dayHours, wireDocuments, wireEvents } from "./first-month.ts";
import { type Fault, faults, type Look } from "./first-month-faults.ts";
import { type Outside, outsideOf, type ResetSeen } from "./outside.ts";

const seed = Number(process.env.MONTH_SEED ?? 1);
const hourMs = 3_600_000;
const quietDays = 15;
/** An evening costs a new worker: of the quiet days the first have one, and then every fourth. */
const hasEvening = (date: number): boolean => date <= 3 || date % 4 === 3;
const refusedTimes = 12;
/** So that names are looked for again at the end of a day; whole slots of ten minutes. */
const eveningHours = 1 / 6;

anyBackend(`a first month (MONTH_SEED=${seed})`, ({ kind }) => {
  let system: System;
  let outside: Outside;
  let database: DatabaseClient;
  beforeAll(async () => {
    // No run and no deadline comes while the test is at work.
    const away = new Date(Date.now() + 12 * hourMs).toISOString().slice(11, 16);
    system = await startSystem({ backend: kind, env: { RESET_AT: away, RESET_DEADLINE: away } });
    [outside, database] = await Promise.all([outsideOf(system), databaseClient(system)]);
  });
  afterAll(async () => {
    outside?.end();
    await database?.end();
    await system?.stop();
  });

  const month = createMonth(seed);
  const get = async <T>(path: string): Promise<T[]> =>
    ((await (await system.board(path)).json()) as { items: T[] }).items;
  const post = (path: string, body: unknown) =>
    fetch(`${system.ingestUrl}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${system.ingestKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  /** Sends what the tills send, then the count; gives the reset and why lines of documents were ignored. */
  async function live(day: Day): Promise<Pick<Look, "ignored"> & { readonly reset: ResetSeen & Look["reset"] }> {
    const nowMs = Date.now();
    await outside.send(wireEvents(day.events, nowMs));
    if (day.later.length > 0) await outside.send(wireEvents(day.later, nowMs));
    const ignored: string[] = [];
    for (const document of wireDocuments(day, nowMs)) {
      const answer = (await (await post("/v1/prism/documents", document)).json()) as {
        documents: { ignored: { reason: string }[] }[];
      };
      ignored.push(...answer.documents.flatMap((each) => each.ignored.map(({ reason }) => reason)));
    }
    for (let time = 0; day.refused && time < refusedTimes; time += 1)
      expect((await system.postEvents(day.refused)).status).toBe(422);
    await idle();
    const { name, content, modifiedAt } = countFile(day, nowMs);
    await outside.files.upload(name, content);
    if (modifiedAt) await outside.files.touch(`incoming/${name}`, modifiedAt);
    const reset = await outside.ended(await outside.beginReset(name));
    await eventually(async () => !(await outside.files.list("incoming")).includes(name));
    return { reset: reset as ResetSeen & Look["reset"], ignored };
  }

  async function idle(): Promise<void> {
    await eventually(async () => {
      const { counts } = await outside.jobs("events", "active");
      return Object.entries(counts).every(([state, count]) => ["completed", "failed"].includes(state) || !count);
    });
  }

  /** The end of a day: all watches look, as they do when a worker starts. */
  async function evening(): Promise<void> {
    await system.processes.worker.stop();
    await ageDatabase(system.databaseUrl, eveningHours);
    await system.restart("worker");
    await eventually(async () => (await database.rows(LOOKED)).length > 0);
  }

  async function look(lived: Pick<Look, "reset" | "ignored">): Promise<Look> {
    const [alarms, names, failed, refused] = await Promise.all([
      get<Look["alarms"][number]>("/api/alarms"),
      get<Look["pairs"][number]>("/api/names"),
      get<Look["failed"][number]>("/api/jobs/failed?groupBy=error"),
      get<Look["refused"][number]>("/api/requests"),
    ]);
    return { alarms, pairs: names, failed, refused, ...lived };
  }

  const nightPasses = (isAfterEvening = true) =>
    ageDatabase(system.databaseUrl, isAfterEvening ? dayHours - eveningHours : dayHours);

  test("on days on which nothing goes wrong no alarm rings, no store is held, and no two names seem to be one", async () => {
    for (let date = 1; date <= quietDays; date += 1) {
      if (date === 2) month.opens({ id: "S004" });
      const day = month.day();
      month.counts(day);
      const lived = await live(day);
      if (hasEvening(date)) await evening();
      const seen = await look(lived);
      const { pairs, failed, refused, alarms, ignored } = seen;
      expect({ date, pairs, failed, refused, alarms, ignored }).toEqual({ date, ...nothing });
      const { state, rejected, doubts, asOfNote, rows } = lived.reset;
      const asMeant = { state: "completed", rejected: 0, doubts: [], asOfNote: null, rows: day.rows.length };
      expect({ state, rejected, doubts, asOfNote, rows }).toEqual(asMeant);
      await nightPasses(hasEvening(date));
    }
    expect(await get("/api/alarms?state=cleared")).toEqual([]);
  }, 300_000);

  const order = faults.map((fault) => ({ fault, at: month.below(1_000_000) })).toSorted((a, b) => a.at - b.at);
  test.each(order.map(({ fault }) => ({ ...fault })))(
    "within a day is named: $name",
    async (fault: Fault) => {
      expect(fault.isNamed(await look({ reset: noReset, ignored: [] }))).toBe(false);
      await pass(fault);
      await nightPasses();
    },
    150_000,
  );

  /** A day on which a fault strikes, until it is named; a held count is rejected. */
  async function pass(fault: Fault): Promise<void> {
    fault.before?.(month);
    const day = month.day();
    month.counts(day);
    fault.strikes(day, month);
    const lived = await live(day);
    await evening();
    await eventually(async () => {
      const now = await look(lived);
      if (!fault.isNamed(now)) throw new Error(`it is not named: ${JSON.stringify(now).slice(0, 3_000)}`);
      return true;
    });
    for (const { facilityId, state } of lived.reset.facilities)
      if (state === "held") await system.board(`/api/resets/${lived.reset.id}/facilities/${facilityId}/reject`, {});
  }
});

const noReset = { rejected: 0, asOfNote: null, doubts: [], facilities: [] };
const nothing = { pairs: [], failed: [], refused: [], alarms: [], ignored: [] };
/** A look at names has been made since the last evening began. */
const LOOKED = "select from name_look where looked_at > clock_timestamp() - interval '1 minute'";
