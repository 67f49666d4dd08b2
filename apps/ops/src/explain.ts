// ops explain: why a number is what it is, in lines that a store manager understands. The first column adds up to what is on hand.
import { timeZoneName } from "@inventory-sync/domain";
import { type ExplainedAmount, type Explanation, explainLevel, explanationWords } from "@inventory-sync/operator";
import { type Command, exitCodes, UsageError } from "./command.ts";
import { signed, timeWriter } from "./output.ts";
import { movementLines, ofLevel, tableOf } from "./stock.ts";

export const explain: Command = {
  name: "explain",
  usage: "FACILITY PRODUCT [--zone ZONE]",
  summary: "says why one number is what it is: the count it rests on, and everything since, in lines that add up",
  async run(run) {
    const zone = run.text("zone") ?? run.addresses.timeZone;
    if (!timeZoneName.safeParse(zone).success)
      throw new UsageError(`--zone ${zone} is no time zone; an example is America/New_York`);
    const explained = await ofLevel(run, explainLevel);
    run.out.document(explained);
    for (const line of explanationLines(explained, zone)) run.out.say(line);
    return exitCodes.ok;
  },
};

/** The explanation line by line. @param zone IANA name */
function explanationLines(explained: Explanation, zone: string): string[] {
  const time = timeWriter(zone);
  const { sum, verdict, absorbed, shipments } = explanationWords<string>(explained, {
    text: (parts, ...values) => String.raw({ raw: parts }, ...values),
    time,
    quantity: String,
    signed,
    file: (name) => name,
  });
  const { idType, idValue, facilityId, onHand } = explained;
  const others = explained.otherIds.map((id) => `${id.idType} ${id.idValue}`).join(", ");
  const width = Math.max(...sum.map(({ amount }) => amount.length), String(onHand).length);
  return [
    `${idType} ${idValue} at store ${facilityId}: ${onHand} on hand`,
    ...(others === "" ? [] : [`also known as ${others}`]),
    "",
    ...sum.map(({ amount, because }) => `  ${amount.padStart(width)}  ${because}`),
    `  ${"-".repeat(width)}`,
    `  ${String(onHand).padStart(width)}  on hand`,
    "",
    ...verdict,
    ...section("Came late, but is in the count already, so it changed nothing:", amounts(absorbed)),
    ...section("Shipments that the POS's counts do not have:", amounts(shipments)),
    ...section("Corrections by counts, newest first:", corrections(explained, time)),
    ...section("Last movements, newest first:", movementLines(explained.movements, time)),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function amounts(each: readonly ExplainedAmount<string>[]): string[] {
  return each.map(({ amount, because }) => `  ${amount}  ${because}`);
}

type Time = ReturnType<typeof timeWriter>;

function corrections({ corrections: found }: Explanation, time: Time): string[] {
  return tableOf(
    found.map((each) => ({
      "true at": time(each.asOf),
      file: each.file,
      state: each.state,
      before: each.before,
      counted: each.counted,
      since: signed(each.lateSales),
      shipped: signed(each.shipments),
      after: each.after,
      unexplained: signed(each.unexplained),
      "decided by": each.decidedBy ?? "",
    })),
  );
}
