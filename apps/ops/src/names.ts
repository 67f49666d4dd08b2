// ops names: which names may be one store or one product, and saying that two differ, or making them one, after having said what that would
// do; and separating them again.
import { namedKinds } from "@inventory-sync/domain";
import {
  differing,
  listMerges,
  merge,
  merging,
  mergingNames,
  type NamesFound,
  previewMerge,
  readNames,
  sayDiffer,
  sayingDiffer,
  sideWords,
  undoing,
  undoingMerge,
  undoMerge,
} from "@inventory-sync/operator";
import { type Command, checked, exitCodes, productNamed, type Run, UsageError } from "./command.ts";

const namesList: Command = {
  name: "names list",
  usage: "[--kind facility|product] [--differ] [--limit N]",
  summary:
    "lists names that may be one store or one product: one sells and was never counted, the other is counted and sells nothing; exits 1 when there are any; --differ: those that somebody has said to differ",
  async run(run) {
    const kind = kindOption(run);
    const state = run.has("differ") ? "differ" : "open";
    const limit = run.count("limit");
    const { timeZone } = run.addresses;
    const names = await run.withDatabase((database) => readNames(database, { kind, state, limit, timeZone }));
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

function kindOption(run: Run) {
  const asked = run.text("kind");
  const kind = namedKinds.find((each) => each === asked);
  if (asked !== undefined && kind === undefined) throw new UsageError("--kind is facility or product");
  return kind;
}

/** A name of that kind; of an unknown kind it is a product's. */
function named(kind: string | undefined, text: string) {
  return kind === "facility" ? { facilityId: text } : productNamed(text);
}

function sayAlone(run: Run, { unmatched: { facilities, products, productCount }, lookedAt }: NamesFound): void {
  if (facilities.length > 0) {
    run.out.say("Stores that sell and were never counted, with no counted name like theirs:");
    const rows = facilities.map((each) => [each.facilityId, each.units, run.time(each.since)]);
    run.out.table(["store", "units sold", "since"], rows);
  }
  if (products.length > 0) {
    run.out.say(`Products that sell and were never counted, with no counted name like theirs (${productCount}):`);
    const rows = products.map((each) => [`${each.idType} ${each.idValue}`, each.units, each.facilities]);
    run.out.table(["product", "units sold", "stores"], rows);
  }
  run.out.say(
    lookedAt === null ? "Names have not been looked at yet; a worker does." : `Looked at ${run.time(lookedAt)}.`,
  );
}

const namesDiffer: Command = {
  name: "names differ",
  usage: "facility|product ONE OTHER [--reason TEXT] [--undo]",
  summary: `says that two names differ; a product is written TYPE:VALUE, without a type it is a SKU. ${sayingDiffer.says} --undo takes it back`,
  async run(run) {
    const [kind, one, other] = run.words;
    if (one === undefined || other === undefined) throw new UsageError("say facility or product, and both names");
    const [a, b] = [named(kind, one), named(kind, other)];
    const asked = checked(differing, { kind, a, b, reason: run.text("reason"), differ: !run.has("undo") });
    const outcome = sayingDiffer.outcome(asked);
    const act = { ...sayingDiffer, target: sayingDiffer.target(asked), outcome: () => outcome };
    await run.audited(act, (database) => sayDiffer(database, asked, run.operator));
    return run.done(asked, `${sayingDiffer.target(asked)}: ${outcome}.`);
  },
};

const namesMerge: Command = {
  name: "names merge",
  usage: "facility|product FROM INTO --reason TEXT [--preview] [--yes]",
  summary:
    "makes two names of one store or product one: FROM leads to INTO from then on, with its history; a product by its SKU or as TYPE:VALUE; --preview only says what it would do",
  async run(run) {
    const preview = run.has("preview");
    const [kind, from, into] = run.words;
    if (!namedKinds.some((each) => each === kind) || from === undefined || into === undefined)
      throw new UsageError("say facility or product, then the name that shall lead to the other, then that other one");
    const sides = { kind, from: named(kind, from), into: named(kind, into) };
    const asked = checked(merging, { ...sides, reason: run.text("reason") ?? "", preview });
    return run.withDatabase(async (database) => {
      const before = await previewMerge(database, asked);
      if (preview) {
        return run.done(before, `${before.would} Nothing was changed.`);
      }
      if (!(await run.isMeant(`${before.would} ${mergingNames.says}`))) return exitCodes.found;
      const act = { ...mergingNames, target: `${mergingNames.target(asked)}: ${asked.reason}` };
      const done = await run.audited(act, () => merge(database, asked, run.operator), database);
      return run.done(
        done,
        `They are one: ${mergingNames.outcome(done)}. To undo it: names undo ${done.id} --reason TEXT`,
      );
    });
  },
};

const namesMerges: Command = {
  name: "names merges",
  usage: "[--kind facility|product] [--limit N]",
  summary: "lists the names that were made one, newest first, those undone since among them",
  async run(run) {
    const asked = { kind: kindOption(run), limit: run.count("limit") };
    const { items } = await run.withDatabase((database) => listMerges(database, asked));
    run.out.document({ merges: items });
    const rows = items.map((each) => [
      run.time(each.mergedAt),
      sideWords(each.from),
      sideWords(each.into),
      each.who,
      each.reason,
      each.undoneAt === null ? "–" : `${run.time(each.undoneAt)} by ${each.undoneBy}`,
      each.id,
    ]);
    const header = ["made one", "from", "into", "by", "because", "undone", "merge"];
    run.out.table(header, rows, "No names were made one.");
    return exitCodes.ok;
  },
};

const namesUndo: Command = {
  name: "names undo",
  usage: "MERGE --reason TEXT [--yes]",
  summary: "makes two names of what names merge made one; names merges lists them",
  async run(run) {
    const id = run.word("name the merge by its id; names merges shows it");
    const { reason } = checked(undoing, { reason: run.text("reason") ?? "" });
    if (!(await run.isMeant(undoingMerge.says))) return exitCodes.found;
    const act = { ...undoingMerge, target: `${undoingMerge.target(id)}: ${reason}` };
    const done = await run.audited(act, (database) => undoMerge(database, { id, reason }, run.operator));
    return run.done(done, `They are two again: ${undoingMerge.outcome(done)}.`);
  },
};

export const nameCommands: readonly Command[] = [namesList, namesDiffer, namesMerge, namesMerges, namesUndo];
