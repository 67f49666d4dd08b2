// An explained level in lines that a store manager understands. The first column adds up to what is on hand.
import type { ExplainedCorrection, ExplainedLine, Explanation } from "@inventory-sync/db";
import { signed, table, timeWriter } from "./output.ts";

type Time = (at: Date | string | null) => string;

const WORDS: Readonly<Record<ExplainedLine["what"], string>> = {
  counted: "counted",
  sale: "sold",
  return: "returned",
  adjustment: "adjusted",
  shipment: "shipped for online orders, not in the count",
  remainder: "NOT EXPLAINED by the ledger: run npm run ops -- audit",
};

const FROM: Readonly<Record<string, string>> = {
  row: "its own column",
  manifest: "its manifest",
  name: "its name",
  mtime: "the file's time",
};

/** The explanation line by line. @param zone IANA name */
export function explanationText(explained: Explanation, zone: string): string[] {
  const time = timeWriter(zone);
  const others = explained.otherIds.map((id) => `${id.idType} ${id.idValue}`).join(", ");
  return [
    `${explained.idType} ${explained.idValue} at facility ${explained.facilityId}: ${explained.onHand} on hand`,
    ...(others === "" ? [] : [`also known as ${others}`]),
    "",
    ...sum(explained, time),
    "",
    ...verdict(explained, time),
    ...section("Came late, but is in the count already, so it changed nothing:", absorbed(explained, time)),
    ...section("Shipments that the tills' counts do not have:", shipments(explained, time)),
    ...section("Corrections by counts, newest first:", corrections(explained, time)),
    ...section("Last movements, newest first:", movements(explained, time)),
  ];
}

function sum({ lines, snapshot, onHand }: Explanation, time: Time): string[] {
  const since = snapshot ? " since the count" : "";
  const cells = lines.map((line) => {
    if (line.what === "counted" && snapshot) return [String(line.quantity), countedText(snapshot, time)] as const;
    const when = line.what === "remainder" ? "" : `: ${span(line, time)}`;
    const suffix = line.what === "shipment" || line.what === "remainder" ? "" : since;
    return [signed(line.quantity), `${WORDS[line.what]}${suffix}${when}`] as const;
  });
  const width = Math.max(...cells.map(([amount]) => amount.length), String(onHand).length);
  return [
    ...cells.map(([amount, text]) => `  ${amount.padStart(width)}  ${text}`),
    `  ${"-".repeat(width)}`,
    `  ${String(onHand).padStart(width)}  on hand`,
  ];
}

function countedText(snapshot: NonNullable<Explanation["snapshot"]>, time: Time): string {
  const from = FROM[snapshot.asOfFrom ?? ""];
  const approved = snapshot.approvedBy === null ? "" : `, approved by ${snapshot.approvedBy}`;
  return `counted in ${snapshot.file ?? "a file that is no longer on record"}, true at ${time(snapshot.asOf)}${from === undefined ? "" : ` (from ${from})`}, applied ${time(snapshot.appliedAt)}${approved}`;
}

function verdict({ snapshot }: Explanation, time: Time): string[] {
  if (!snapshot) return ["No count was ever applied to it: it is what its movements make of it, beginning at 0."];
  const { correction } = snapshot;
  if (!correction) return [`The count agreed with what was on hand, so nothing was corrected.`];
  return [
    `When the count was applied at ${time(snapshot.appliedAt)}, on hand was ${correction.before}.`,
    `It became ${correctionText(correction)}. ${unexplainedText(correction.unexplained)}`,
  ];
}

function correctionText({ counted, lateSales, shipments, after }: ExplainedCorrection): string {
  return `${after}: ${counted} counted, ${signed(lateSales)} sold or returned since, ${signed(shipments)} shipped and not in the count`;
}

function unexplainedText(unexplained: number): string {
  const size = Math.abs(unexplained);
  return unexplained < 0 ? `${size} are missing without an explanation.` : `${size} are there without an explanation.`;
}

function absorbed(explained: Explanation, time: Time): string[] {
  return explained.absorbed.map(
    (line) => `  ${signed(line.quantity)}  ${WORDS_OF_ABSORBED[line.what]}: ${span(line, time)}`,
  );
}

const WORDS_OF_ABSORBED: Readonly<Record<ExplainedLine["what"], string>> = {
  ...WORDS,
  shipment: "shipped, and acknowledged before the count",
};

function shipments({ pendingShipments }: Explanation, time: Time): string[] {
  return pendingShipments.map((each) => {
    const told =
      each.acknowledgedAt === null ? "not acknowledged" : `acknowledged ${time(each.acknowledgedAt)}, after the count`;
    return `  ${signed(each.quantity)}  event ${each.eventId}, shipped ${time(each.occurredAt)}, ${told}`;
  });
}

function corrections({ corrections: found }: Explanation, time: Time): string[] {
  const rows = found.map((each) => [
    ...[time(each.asOf), each.file, each.state, each.before, each.counted, signed(each.lateSales)],
    ...[signed(each.shipments), each.after, signed(each.unexplained), each.decidedBy ?? ""],
  ]);
  const header = [
    "true at",
    "file",
    "state",
    "before",
    "counted",
    "since",
    "shipped",
    "after",
    "unexplained",
    "decided by",
  ];
  return rows.length === 0 ? [] : table(header, rows);
}

function movements({ movements: found }: Explanation, time: Time): string[] {
  const rows = found.map((each) => [
    ...[time(each.recordedAt), each.type, each.eventId, signed(each.quantity)],
    each.absorbed ? "0 (in the count)" : signed(each.effect),
    ...[each.onHandAfter, time(each.occurredAt)],
  ]);
  return table(["recorded", "what", "event", "asked", "effect", "on hand", "happened"], rows);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function span({ movements: count, firstAt, lastAt }: ExplainedLine, time: Time): string {
  const times = firstAt === lastAt ? time(firstAt) : `${time(firstAt)} to ${time(lastAt)}`;
  return `${count} ${count === 1 ? "movement" : "movements"}, ${times}`;
}
