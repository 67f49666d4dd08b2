// The sentences of an explanation, the same on a page and at a terminal: why a level is what it is, so that a store manager
// understands it.
import { sentence } from "@inventory-sync/domain";
import type { ExplainedLine, Explanation } from "./explain.ts";
import { sideWords } from "./merging-words.ts";

/** How a page or a terminal writes what sentences are made of. */
export interface Writer<Text> {
  text(parts: TemplateStringsArray, ...values: readonly (Text | string | number)[]): Text;
  time(at: string | null): Text;
  quantity(units: number): string;
  /** With its sign. */
  signed(units: number): string;
  /** The file of a snapshot, with the reset that applied it. */
  file(name: string, resetId: string | null): Text;
}

/** An amount with what it is. */
export interface ExplainedAmount<Text> {
  readonly what: ExplainedLine["what"];
  readonly amount: string;
  readonly because: Text;
}

const WORDS: Readonly<Record<ExplainedLine["what"], string>> = {
  counted: "counted",
  sale: "sold",
  return: "returned",
  adjustment: "adjusted",
  shipment: "shipped for online orders, not in the count",
  remainder: "NOT EXPLAINED by the ledger: run npm run ops -- audit",
};

/** Where the time at which a count was true was taken from. */
const FROM: Readonly<Record<string, string>> = {
  row: "its own column",
  manifest: "its manifest",
  name: "its name",
  mtime: "the file's time",
};

/**
 * Says an explanation in words: `sum`, the lines whose amounts add up to what is on hand; `verdict`, what the count changed, what may have been
 * sent twice, and which names were made one;
 * `absorbed`, what came late but is in the count already, so that it changed nothing; `shipments` that the POS's counts do
 * not have.
 */
export function explanationWords<Text>(explained: Explanation, write: Writer<Text>) {
  const { text, time, quantity, signed } = write;
  const { snapshot } = explained;
  const span = ({ movements, firstAt, lastAt }: ExplainedLine) =>
    text`${movements} ${movements === 1 ? "movement" : "movements"}, ${time(firstAt)}${firstAt === lastAt ? "" : text` to ${time(lastAt)}`}`;
  const summed = (line: ExplainedLine): ExplainedAmount<Text> => {
    const { what } = line;
    if (what === "counted" && snapshot)
      return { what, amount: quantity(line.quantity), because: counted(snapshot, write) };
    const since = snapshot && what !== "shipment" ? " since the count" : "";
    const because = what === "remainder" ? text`${WORDS[what]}` : text`${WORDS[what]}${since}: ${span(line)}`;
    return { what, amount: signed(line.quantity), because };
  };
  const absorbed = (line: ExplainedLine): ExplainedAmount<Text> => {
    const { what } = line;
    const word = what === "shipment" ? "shipped, and acknowledged before the count" : WORDS[what];
    return { what, amount: signed(line.quantity), because: text`${word}: ${span(line)}` };
  };
  const shipped = (shipment: Explanation["pendingShipments"][number]): ExplainedAmount<Text> => {
    const { eventId, occurredAt, acknowledgedAt } = shipment;
    const told =
      acknowledgedAt === null ? "not acknowledged" : text`acknowledged ${time(acknowledgedAt)}, after the count`;
    const because = text`event ${eventId}, shipped ${time(occurredAt)}, ${told}`;
    return { what: "shipment", amount: signed(shipment.quantity), because };
  };
  return {
    sum: explained.lines.map(summed),
    verdict: [
      ...verdict(snapshot, write),
      ...explained.twins.map((each) => twins(each, write)),
      ...explained.merges.map((each) => madeOne(each, write)),
    ],
    absorbed: explained.absorbed.map(absorbed),
    shipments: explained.pendingShipments.map(shipped),
  };
}

/** Where the time at which a count was true was taken from, in words; undefined where that is not known. */
export function countedFrom(asOfFrom: string | null): string | undefined {
  return FROM[asOfFrom ?? ""];
}

function counted<Text>(snapshot: NonNullable<Explanation["snapshot"]>, { text, time, file }: Writer<Text>): Text {
  const { asOf, asOfFrom, appliedAt, approvedBy, resetId } = snapshot;
  const from = countedFrom(asOfFrom);
  const name = snapshot.file === null ? "a file that is no longer on record" : file(snapshot.file, resetId);
  return text`counted in ${name}, true at ${time(asOf)}${from === undefined ? "" : ` (from ${from})`}, applied ${time(appliedAt)}${approvedBy === null ? "" : `, approved by ${approvedBy}`}`;
}

function madeOne<Text>(
  { from, mergedAt, who, reason }: Explanation["merges"][number],
  { text, time }: Writer<Text>,
): Text {
  const name = sentence(sideWords(from)).slice(0, -1);
  return text`${name} was made one with it at ${time(mergedAt)} by ${who} (${reason}): what came under that name is among these lines.`;
}

function twins<Text>(
  { type, quantity: each, eventId, occurredAt, twinId, twinOccurredAt }: Explanation["twins"][number],
  { text, time, signed }: Writer<Text>,
): Text {
  return text`Two events have the same lines, ${signed(each)} of this product each: ${type} ${eventId} at ${time(occurredAt)} and ${type} ${twinId} at ${time(twinOccurredAt)}. Perhaps that is one ${type} that was sent under two numbers; both count.`;
}

function verdict<Text>(snapshot: Explanation["snapshot"], { text, time, quantity, signed }: Writer<Text>): Text[] {
  if (!snapshot) return [text`No count was ever applied to it: it is what its movements make of it, beginning at 0.`];
  const { correction } = snapshot;
  if (!correction) return [text`The count agreed with what was on hand, so nothing was corrected.`];
  const { before, after, lateSales, shipments, unexplained } = correction;
  const parts = `${quantity(correction.counted)} counted, ${signed(lateSales)} sold or returned since, ${signed(shipments)} shipped and not in the count`;
  const missing = `${quantity(Math.abs(unexplained))} are ${unexplained < 0 ? "missing" : "there"} without an explanation`;
  return [
    text`When the count was applied at ${time(snapshot.appliedAt)}, on hand was ${quantity(before)}.`,
    text`It became ${quantity(after)}: ${parts}. ${missing}.`,
  ];
}
