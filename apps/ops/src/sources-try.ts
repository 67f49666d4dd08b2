// ops sources try: the first rows of a file as a source would read them, and why others would not be taken. It changes nothing.
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import {
  chooseSource,
  type Tried,
  triedColumns,
  triedNotes,
  triedRowText,
  triedTimeText,
  tryFile,
  tryWaiting,
} from "@inventory-sync/operator";
import { type Command, exitCodes, type Run, textOption, UsageError } from "./command.ts";
import { timeWriter } from "./output.ts";
import { sessionsOf, sourcesOfRun } from "./sources.ts";

export const sourcesTry: Command = {
  name: "sources try",
  usage: "FILE [--source NAME]",
  summary:
    "shows the first rows of a file, local or waiting in incoming/, as its source would read them, and why others would not; changes nothing; exits 1 where it would be refused",
  options: { source: { type: "string" } },
  positionalsMax: 1,
  async run(run) {
    const [file] = run.positionals;
    if (file === undefined) throw new UsageError("sources try needs a file");
    const sources = sourcesOfRun(run);
    const trying = {
      source: chooseSource(sources, textOption(run, "source")),
      settings: run.addresses.formSettings,
      now: new Date(),
    };
    const local = await stat(file).catch(() => undefined);
    const tried = local?.isFile()
      ? await tryFile(file, { name: basename(file), modifiedAtMs: local.mtimeMs }, trying)
      : await tryWaiting(sessionsOf(run, sources), file, trying);
    tell(run, tried);
    return tried.refused === null ? exitCodes.ok : exitCodes.found;
  },
};

function tell({ out, addresses }: Run, tried: Tried): void {
  out.document(tried);
  const rows = tried.rows.map((each) => {
    const { facilityId = "", idType = "", idValue = "", quantity = "" } = each.row ?? {};
    return [each.line, facilityId, idType, idValue, quantity, triedRowText(each)];
  });
  if (rows.length > 0) out.table(["line", "store", "id type", "id", "count", ""], rows);
  const { used, ignored } = triedColumns(tried);
  out.say(`Columns read: ${used.length > 0 ? used.join("; ") : "none"}`);
  out.say(`Columns ignored: ${ignored.length > 0 ? ignored.join("; ") : "none"}`);
  if (tried.asOf !== null) out.say(`True at ${timeWriter(addresses.timeZone)(tried.asOf)}, by ${triedTimeText(tried)}`);
  for (const note of triedNotes(tried)) out.say(note);
}
