// ops names: which names may be one store or one product, and saying that two differ. Making them one: names-merge.ts.
import { namedKinds } from "@inventory-sync/domain";
import { differing, type NamesFound, readNames, sayDiffer, sayingDiffer } from "@inventory-sync/operator";
import {
  type Command,
  checked,
  countOption,
  exitCodes,
  productNamed,
  type Run,
  textOption,
  UsageError,
  withDatabase,
} from "./command.ts";
import { audited, operatorName } from "./operator.ts";

export const namesList: Command = {
  name: "names list",
  usage: "[--kind facility|product] [--differ] [--limit N]",
  summary:
    "lists names that may be one store or one product: one sells and was never counted, the other is counted and sells nothing; exits 1 when there are any; --differ: those that somebody has said to differ",
  options: { kind: { type: "string" }, differ: { type: "boolean" }, limit: { type: "string" } },
  async run(run) {
    const asked = textOption(run, "kind");
    const kind = namedKinds.find((each) => each === asked);
    if (asked !== undefined && kind === undefined) throw new UsageError("--kind is facility or product");
    const state = run.options.differ === true ? "differ" : "open";
    const limit = countOption(run, "limit");
    const { timeZone } = run.addresses;
    const names = await withDatabase(run, (database) => readNames(database, { kind, state, limit, timeZone }));
    run.out.document(names);
    for (const { text, differ } of names.items)
      run.out.say(
        differ ? `${text} Said to differ by ${differ.by}${differ.reason ? `: ${differ.reason}` : ""}.` : text,
      );
    const more = names.matching > names.items.length ? `, of which the first ${names.items.length} are listed` : "";
    const none = state === "differ" ? "No names are said to differ." : "No names that may be one.";
    run.out.say(names.matching === 0 ? none : `Pairs: ${names.matching}${more}.`);
    if (state === "differ") return exitCodes.ok;
    sayAlone(run, names);
    return names.matching > 0 ? exitCodes.found : exitCodes.ok;
  },
};

function sayAlone(run: Run, { unmatched: { facilities, products, productCount }, lookedAt }: NamesFound): void {
  if (facilities.length > 0) {
    run.out.say("Stores that sell and were never counted, with no counted name like theirs:");
    run.out.table(
      ["store", "units sold", "since"],
      facilities.map((each) => [each.facilityId, each.units, run.time(each.since)]),
    );
  }
  if (products.length > 0) {
    run.out.say(`Products that sell and were never counted, with no counted name like theirs (${productCount}):`);
    run.out.table(
      ["product", "units sold", "stores"],
      products.map((each) => [`${each.idType} ${each.idValue}`, each.units, each.facilities]),
    );
  }
  run.out.say(
    lookedAt === null ? "Names have not been looked at yet; a worker does." : `Looked at ${run.time(lookedAt)}.`,
  );
}

export const namesDiffer: Command = {
  name: "names differ",
  usage: "facility|product ONE OTHER [--reason TEXT] [--undo]",
  summary: `says that two names differ; a product is written TYPE:VALUE, without a type it is a SKU. ${sayingDiffer.says} --undo takes it back`,
  options: { reason: { type: "string" }, undo: { type: "boolean" } },
  positionalsMax: 3,
  async run(run) {
    const [kind, one, other] = run.positionals;
    if (one === undefined || other === undefined) throw new UsageError("say facility or product, and both names");
    const named = (text: string) => (kind === "facility" ? { facilityId: text } : productNamed(text));
    const given = {
      kind,
      a: named(one),
      b: named(other),
      reason: textOption(run, "reason"),
      differ: run.options.undo !== true,
    };
    const asked = checked(differing, given);
    const outcome = sayingDiffer.outcome(asked);
    const act = { what: sayingDiffer.what, target: sayingDiffer.target(asked), outcome: () => outcome };
    await withDatabase(run, (database) => audited(database, act, () => sayDiffer(database, asked, operatorName())));
    run.out.document(asked);
    run.out.say(`${sayingDiffer.target(asked)}: ${outcome}.`);
    return exitCodes.ok;
  },
};
