// ops names merge, merges, undo: two names of one store or product made one, after having said what that would do; and separated again.
import {
  listMerges,
  MERGE_KINDS,
  type Merging,
  merge,
  merging,
  mergingNames,
  previewMerge,
  sideWords,
  undoing,
  undoingMerge,
  undoMerge,
} from "@inventory-sync/operator";
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
import { audited, isMeant, operatorName, yesOption } from "./operator.ts";

export const namesMerge: Command = {
  name: "names merge",
  usage: "facility|product FROM INTO --reason TEXT [--preview] [--yes]",
  summary:
    "makes two names of one store or product one: FROM leads to INTO from then on, with its history; a product by its SKU or as TYPE:VALUE; --preview only says what it would do",
  options: { reason: { type: "string" }, preview: { type: "boolean" }, ...yesOption },
  positionalsMax: 3,
  async run(run) {
    const preview = run.options.preview === true;
    const asked = checked(merging, { ...namesOf(run), reason: textOption(run, "reason") ?? "", preview });
    return withDatabase(run, async (database) => {
      const before = await previewMerge(database, asked);
      if (preview) {
        run.out.document(before);
        run.out.say(`${before.would} Nothing was changed.`);
        return exitCodes.ok;
      }
      if (!(await isMeant(run, `${before.would} ${mergingNames.says}`))) return exitCodes.found;
      const act = {
        what: mergingNames.what,
        target: `${mergingNames.target(asked)}: ${asked.reason}`,
        outcome: mergingNames.outcome,
      };
      const done = await audited(database, act, () => merge(database, asked, operatorName()));
      run.out.document(done);
      run.out.say(`They are one: ${mergingNames.outcome(done)}. To undo it: names undo ${done.id} --reason TEXT`);
      return exitCodes.ok;
    });
  },
};

function namesOf(run: Run): Pick<Merging, "kind" | "from" | "into"> {
  const [word, from, into] = run.positionals;
  const kind = MERGE_KINDS.find((each) => each === word);
  if (kind === undefined || from === undefined || into === undefined)
    throw new UsageError("say facility or product, then the name that shall lead to the other, then that other one");
  const named = (text: string) => (kind === "facility" ? { facilityId: text } : productNamed(text));
  return { kind, from: named(from), into: named(into) };
}

export const namesMerges: Command = {
  name: "names merges",
  usage: "[--kind facility|product] [--limit N]",
  summary: "lists the names that were made one, newest first, those undone since among them",
  options: { kind: { type: "string" }, limit: { type: "string" } },
  async run(run) {
    const asked = textOption(run, "kind");
    const kind = MERGE_KINDS.find((each) => each === asked);
    if (asked !== undefined && kind === undefined) throw new UsageError("--kind is facility or product");
    const limit = countOption(run, "limit");
    const { items } = await withDatabase(run, (database) => listMerges(database, { kind, limit }));
    run.out.document({ merges: items });
    if (items.length === 0) run.out.say("No names were made one.");
    const rows = items.map((each) => [
      run.time(each.mergedAt),
      sideWords(each.from),
      sideWords(each.into),
      each.who,
      each.reason,
      each.undoneAt === null ? "–" : `${run.time(each.undoneAt)} by ${each.undoneBy}`,
      each.id,
    ]);
    if (rows.length > 0) run.out.table(["made one", "from", "into", "by", "because", "undone", "merge"], rows);
    return exitCodes.ok;
  },
};

export const namesUndo: Command = {
  name: "names undo",
  usage: "MERGE --reason TEXT [--yes]",
  summary: "makes two names of what names merge made one; names merges lists them",
  options: { reason: { type: "string" }, ...yesOption },
  positionalsMax: 1,
  async run(run) {
    const [id] = run.positionals;
    if (id === undefined) throw new UsageError("name the merge by its id; names merges shows it");
    const { reason } = checked(undoing, { reason: textOption(run, "reason") ?? "" });
    if (!(await isMeant(run, undoingMerge.says))) return exitCodes.found;
    const act = {
      what: undoingMerge.what,
      target: `${undoingMerge.target(id)}: ${reason}`,
      outcome: undoingMerge.outcome,
    };
    const done = await withDatabase(run, (database) =>
      audited(database, act, () => undoMerge(database, { id, reason }, operatorName())),
    );
    run.out.document(done);
    run.out.say(`They are two again: ${undoingMerge.outcome(done)}.`);
    return exitCodes.ok;
  },
};
