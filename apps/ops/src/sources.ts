// ops sources list: where counts come from and how each of them stands. ops sources try: the first rows of a file as a source would read them,
// and why others would not be taken; it changes nothing. And the sources for the commands that run files.
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import {
  chooseSource,
  lookIntoAll,
  readSources,
  type Tried,
  triedColumns,
  triedNotes,
  triedRowText,
  triedTimeText,
  tryFile,
  tryWaiting,
  type WithInbox,
  waitingText,
} from "@inventory-sync/operator";
import { ownEnvironment } from "@inventory-sync/runtime";
import { type Sources, watchSources, withInbox } from "@inventory-sync/sftp";
import { type Command, exitCodes, type Run } from "./command.ts";

/** The sources as SOURCES_FILE has them now, else the one of the environment. */
export function sourcesOfRun({ addresses, log }: Run) {
  const { resetAt, deadlines } = addresses.schedule;
  const usual = { inbox: addresses.inbox, resetAt, deadlines, timeZone: addresses.timeZone };
  const sources = watchSources(addresses.sourcesFile, usual, { log, env: ownEnvironment() });
  sources.close();
  return sources;
}

/** Sessions with the servers of the sources. */
export function sessionsOf(run: Run, sources: Sources): WithInbox {
  return async (use, source) => withInbox(chooseSource(sources, source).inbox(), run.log, use);
}

const sourcesList: Command = {
  name: "sources list",
  summary:
    "lists where counts come from: what waits, what came last, the next run and deadline; exits 1 where one cannot be reached",
  async run(run) {
    const sources = sourcesOfRun(run);
    const inSession = sessionsOf(run, sources);
    const waiting = await lookIntoAll(sources, (source) => inSession((inbox) => inbox.list(), source));
    const listed = await run.withDatabase((database) => readSources(database, sources, { waiting, now: new Date() }));
    const fault = sources.fault() ?? null;
    run.out.document({ sources: listed, fault });
    const rows = listed.map((each) => [
      ...[each.name, each.server, waitingText(each)],
      each.lastFile === null
        ? "none yet"
        : `${each.lastFile.file} ${run.time(each.lastFile.at)}, ${each.lastFile.state}`,
      ...[each.nextRun, each.nextDeadline].map((at) => (at === null ? "-" : run.time(at))),
    ]);
    if (rows.length > 0) run.out.table(["source", "server", "waiting", "last file", "next run", "next deadline"], rows);
    if (fault !== null) run.out.say(`SOURCES_FILE cannot be used: ${fault}`);
    const unused = sources.unused();
    if (unused !== undefined) run.out.say(`${unused}.`);
    const isGood = fault === null && listed.every(({ reachable }) => reachable);
    return isGood ? exitCodes.ok : exitCodes.found;
  },
};

const sourcesTry: Command = {
  name: "sources try",
  usage: "FILE [--source NAME]",
  summary:
    "shows the first rows of a file, local or waiting in incoming/, as its source would read them, and why others would not; changes nothing; exits 1 where it would be refused",
  async run(run) {
    const file = run.word("sources try needs a file");
    const sources = sourcesOfRun(run);
    const trying = {
      source: chooseSource(sources, run.text("source")),
      settings: run.addresses.formSettings,
      now: new Date(),
    };
    const local = await stat(file).catch(() => undefined);
    const tried = local?.isFile()
      ? await tryFile(file, { name: basename(file), modifiedAtMs: local.mtimeMs }, trying)
      : await tryWaiting(sessionsOf(run, sources), file, trying);
    tellTried(run, tried);
    return tried.refused === null ? exitCodes.ok : exitCodes.found;
  },
};

function tellTried({ out, time }: Run, tried: Tried): void {
  out.document(tried);
  const rows = tried.rows.map((each) => {
    const { facilityId = "", idType = "", idValue = "", quantity = "" } = each.row ?? {};
    return [each.line, facilityId, idType, idValue, quantity, triedRowText(each)];
  });
  if (rows.length > 0) out.table(["line", "store", "id type", "id", "count", ""], rows);
  const { used, ignored } = triedColumns(tried);
  out.say(`Columns read: ${used.length > 0 ? used.join("; ") : "none"}`);
  out.say(`Columns ignored: ${ignored.length > 0 ? ignored.join("; ") : "none"}`);
  if (tried.asOf !== null) out.say(`True at ${time(tried.asOf)}, by ${triedTimeText(tried)}`);
  for (const note of triedNotes(tried)) out.say(note);
}

export const sourceCommands: readonly Command[] = [sourcesList, sourcesTry];
