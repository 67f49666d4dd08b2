// The judge: what was answered on one side, what the ledger holds on the other. In the words of Jepsen's queue checker: lost
// was accepted and is not there; unexpected is there and was never sent, or not like that; recovered is there although nobody
// was told so; duplicated stands there twice (what counts twice is a level that is not the model's).
import { type Arrival, modelLevels } from "../../packages/db/test/ledger-model.ts";
import type { FailedJob, Ledger, LedgerRow } from "./ledger.ts";
import type { Answers } from "./traffic.ts";
import type { PlannedEvent } from "./workload.ts";

export interface Verdict {
  /** Lines of events in the ledger that were compared. */
  readonly effects: number;
  readonly levels: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly unexpected: readonly string[];
  readonly recovered: number;
  /** Event ids that were sent with two contents, of which one counts. */
  readonly reused: number;
  /** Whatever else must never be. */
  readonly broken: readonly string[];
}

const signs: Readonly<Record<string, number>> = { sale: -1, shipment: -1, return: 1, adjustment: 1 };
const keyOf = ({ facilityId, eventId }: { facilityId: string; eventId: string }): string => `${facilityId} ${eventId}`;

/** Judges a run that has come to rest. */
export function judge(answers: Answers, ledger: Ledger, failed: readonly FailedJob[]): Verdict {
  const kept = keptContents(answers, ledger);
  const levels = judgeLevels(answers, ledger, kept.counted);
  const failures = judgeFailures(answers, kept.counted, failed, ledger);
  return {
    effects: ledger.movements.length + ledger.acknowledgements.length,
    levels: ledger.levels.length,
    lost: kept.lost,
    duplicated: kept.duplicated,
    unexpected: kept.unexpected,
    recovered: kept.counted.filter((event) => !answers.accepted.has(event)).length,
    reused: contentsById(answers).filter((contents) => contents.length > 1).length,
    broken: [...levels, ...failures, ...judgeResets(answers, ledger), ...ledger.intruders, ...answers.refusals],
  };
}

/** The distinct contents that were sent, by event id. */
function contentsById({ sent }: Answers): PlannedEvent[][] {
  const byId = new Map<string, PlannedEvent[]>();
  for (const event of sent) byId.set(keyOf(event), [...(byId.get(keyOf(event)) ?? []), event]);
  return [...byId.values()];
}

interface Kept {
  /** The content of each event that the ledger has. */
  readonly counted: PlannedEvent[];
  readonly lost: string[];
  readonly unexpected: string[];
  readonly duplicated: string[];
}

function keptContents(answers: Answers, ledger: Ledger): Kept {
  const kept: Kept = { counted: [], lost: [], unexpected: [], duplicated: [] };
  const rows = new Map<string, LedgerRow[]>();
  for (const row of ledger.movements) rows.set(keyOf(row), [...(rows.get(keyOf(row)) ?? []), row]);
  const acknowledged = new Map<string, string[]>();
  for (const row of ledger.acknowledgements) {
    const text = `${row.shipmentEventId} ${row.occurredAtMs}`;
    acknowledged.set(keyOf(row), [...(acknowledged.get(keyOf(row)) ?? []), text]);
  }
  for (const contents of contentsById(answers)) {
    const key = contents[0] === undefined ? "" : keyOf(contents[0]);
    const found = [...(rows.get(key) ?? []).map(textOfRow).sort(), ...(acknowledged.get(key) ?? [])];
    rows.delete(key);
    acknowledged.delete(key);
    const accepted = contents.some((event) => answers.accepted.has(event));
    if (found.length === 0) {
      if (accepted) kept.lost.push(`${key}: answered 202, not in the ledger`);
      continue;
    }
    const match = contents.find((event) => sameTexts(textsOf(event), found));
    if (match !== undefined) kept.counted.push(match);
    else if (new Set(found).size < found.length) kept.duplicated.push(`${key}: ${found.join("; ")}`);
    else if (contents.some((event) => found.every((text) => textsOf(event).includes(text))))
      kept.lost.push(`${key}: only ${found.join("; ")}`);
    else kept.unexpected.push(`${key}: ${found.join("; ")}, sent was ${contents.map(textsOf).join(" or ")}`);
  }
  for (const [key, left] of rows) kept.unexpected.push(`${key}: ${left.map(textOfRow).join("; ")}, never sent`);
  for (const [key, left] of acknowledged) kept.unexpected.push(`${key}: acknowledges ${left.join("; ")}, never sent`);
  return kept;
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, index) => text === b[index]);

function textOfRow(row: LedgerRow): string {
  return `${row.line} ${row.type} ${row.idType} ${row.idValue} ${row.quantity} ${row.occurredAtMs}`;
}

function textsOf({ type, lines, occurredAtMs, shipmentEventId }: PlannedEvent): string[] {
  if (shipmentEventId !== undefined) return [`${shipmentEventId} ${occurredAtMs}`];
  const sign = signs[type] ?? 0;
  return lines.map(({ sku, quantity }, at) => `${at + 1} ${type} SKU ${sku} ${sign * quantity} ${occurredAtMs}`).sort();
}

/** Each level against the model, which knows the events that count and the files that were applied. */
function judgeLevels(answers: Answers, ledger: Ledger, counted: readonly PlannedEvent[]): string[] {
  const broken: string[] = [];
  const levels = new Map(ledger.levels.map((level) => [`${level.facilityId} ${level.sku}`, level]));
  for (const [name, level] of levels) {
    if (level.onHand !== level.effects) broken.push(`${name}: on hand ${level.onHand}, effects ${level.effects}`);
  }
  for (const [name, { arrivals, asOfMs }] of historyOfLevels(answers, counted)) {
    const [wanted = null] = modelLevels(arrivals, 1);
    const level = levels.get(name);
    levels.delete(name);
    if (wanted !== (level?.onHand ?? null))
      broken.push(`${name}: on hand ${level?.onHand ?? "nothing"}, wanted ${wanted ?? "nothing"}`);
    if (asOfMs !== (level?.asOfMs ?? null))
      broken.push(`${name}: rests on ${level?.asOfMs ?? "no count"}, wanted ${asOfMs ?? "no count"}`);
  }
  for (const name of levels.keys()) broken.push(`${name}: a level that nothing made`);
  return broken;
}

interface History {
  readonly arrivals: Arrival[];
  /** Time of the newest count. */
  asOfMs: number | null;
}

/** What happened to each level, in the model's own terms: the level is its product 0, a line of an event a movement. */
function historyOfLevels(answers: Answers, counted: readonly PlannedEvent[]): Map<string, History> {
  const histories = new Map<string, History>();
  const of = (facilityId: string, sku: string): History => {
    const name = `${facilityId} ${sku}`;
    const known = histories.get(name) ?? { arrivals: [], asOfMs: null };
    histories.set(name, known);
    return known;
  };
  let id = 0;
  const shipped = new Map<string, { readonly id: number; readonly history: History }[]>();
  for (const event of counted) {
    for (const { sku, quantity: units } of event.lines) {
      id += 1;
      const kind = event.type === "shipment-acknowledged" ? "sale" : event.type;
      const history = of(event.facilityId, sku);
      history.arrivals.push({ kind, id, minute: event.occurredAtMs, units, product: 0 });
      if (kind === "shipment") shipped.set(keyOf(event), [...(shipped.get(keyOf(event)) ?? []), { id, history }]);
    }
  }
  for (const { facilityId, shipmentEventId, occurredAtMs: minute } of counted) {
    if (shipmentEventId === undefined) continue;
    for (const { id: shipment, history } of shipped.get(keyOf({ facilityId, eventId: shipmentEventId })) ?? []) {
      id += 1;
      history.arrivals.push({ kind: "acknowledgement", id, minute, shipment });
    }
  }
  for (const file of [...answers.files].sort((a, b) => a.asOfMs - b.asOfMs)) {
    for (const { facilityId, sku, quantity } of file.rows) {
      const history = of(facilityId, sku);
      history.arrivals.push({
        ...{ kind: "snapshot", minute: file.asOfMs, zeroesAbsent: false },
        counts: [{ count: quantity }],
      });
      history.asOfMs = file.asOfMs;
    }
  }
  return histories;
}

/** Only what was provoked may stand among the failed jobs, and all of it must. */
function judgeFailures(
  answers: Answers,
  counted: readonly PlannedEvent[],
  failed: readonly FailedJob[],
  ledger: Ledger,
): string[] {
  const winners = new Set(counted);
  const losers = [...answers.sent].filter(
    (event) => !winners.has(event) && counted.some((other) => keyOf(other) === keyOf(event)),
  );
  const mayFail = new Set(losers.map(keyOf));
  const done = new Set(ledger.resets.filter(({ state }) => state === "completed").map(({ file }) => file));
  const seen = new Set<string>();
  const broken: string[] = [];
  for (const job of failed) {
    const [, facilityId = "", eventId = ""] = job.name.split(" ");
    const key = `${facilityId} ${eventId}`;
    if (job.error === "EVENT_ID_REUSED" && mayFail.has(key)) seen.add(key);
    // Two askings for one file can overlap: the second finds that the first has had it put away.
    else if (job.error === "FILE_GONE" && [...done].some((file) => job.message.includes(file))) continue;
    else broken.push(`failed job of ${job.queue}: ${job.name}: ${job.message.slice(0, 200)}`);
  }
  for (const event of losers) {
    if (answers.accepted.has(event) && !seen.has(keyOf(event)))
      broken.push(`${keyOf(event)}: sent with two contents, both accepted, and no failed job says so`);
  }
  return broken;
}

/** Every file that was taken is applied in all of its facilities, or older there than what was. */
function judgeResets(answers: Answers, ledger: Ledger): string[] {
  const broken: string[] = [];
  for (const file of answers.files) {
    const resets = ledger.resets.filter((reset) => reset.file === file.name && reset.facilities.length > 0);
    const [reset] = resets;
    if (resets.length !== 1 || reset === undefined || reset.state !== "completed" || reset.open)
      broken.push(
        `${file.name}: ${resets.map(({ id, state, outcome }) => `${id} ${state} ${outcome ?? ""}`).join("; ") || "no reset"}`,
      );
    const wanted = [...new Set(file.rows.map(({ facilityId }) => facilityId))].sort();
    const ended = (reset?.facilities ?? []).filter(({ state }) => state === "applied" || state === "stale");
    const names = ended.map(({ facilityId }) => facilityId).sort();
    if (wanted.join() !== names.join())
      broken.push(`${file.name}: facilities ${names.join()} ended well, wanted ${wanted.join()}`);
  }
  return broken;
}
