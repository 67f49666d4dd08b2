// ops sources list: where counts come from and how each of them stands. And the sources for the commands that run files.
import { chooseSource, lookIntoAll, readSources, type WithInbox, waitingText } from "@inventory-sync/operator";
import { ownEnvironment } from "@inventory-sync/runtime";
import { type Sources, watchSources, withInbox } from "@inventory-sync/sftp";
import { type Command, exitCodes, type Run, withDatabase } from "./command.ts";

/** The sources as SOURCES_FILE has them now, else the one of the environment. */
export function sourcesOfRun({ addresses, log }: Pick<Run, "addresses" | "log">): Sources {
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

export const sourcesList: Command = {
  name: "sources list",
  summary:
    "lists where counts come from: what waits, what came last, the next run and deadline; exits 1 where one cannot be reached",
  async run(run) {
    const sources = sourcesOfRun(run);
    const inSession = sessionsOf(run, sources);
    const waiting = await lookIntoAll(sources, (source) => inSession((inbox) => inbox.list(), source));
    const listed = await withDatabase(run, (database) => readSources(database, sources, { waiting, now: new Date() }));
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
    const isGood = fault === null && listed.every(({ reachable }) => reachable);
    return isGood ? exitCodes.ok : exitCodes.found;
  },
};
