// ops ledger archive, verify and restore: old movements to files, whether the files are what was written, and back.
import {
  ArchiveDamaged,
  type ArchiveFile,
  archiveNext,
  archivingFacilities,
  type Database,
  isLockTimeout,
  listArchives,
  readArchive,
  restoreArchive,
} from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { facilityPlace } from "@inventory-sync/operator";
import { type Command, exitCodes, type Run, UsageError } from "./command.ts";

const LOCK_WAIT_MS_MAX = 30_000;

const ledgerArchive: Command = {
  name: "ledger archive",
  usage: "--before DATE [--to FOLDER] [--facility ID] [--yes]",
  summary:
    "moves what happened before DATE (UTC) to files, where nothing can ask for it any more, and opening rows in its place",
  async run(run) {
    const text = run.text("before") ?? "";
    const before = new Date(`${text}T00:00:00Z`);
    if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(before.getTime()) || before.getTime() > Date.now())
      throw new UsageError("--before is a day that has begun, as 2026-01-31");
    const folder = folderOf(run);
    return withOwner(run, async (database) => {
      const named = await facilityNamed(run, database);
      const facilities = named ? [named] : await archivingFacilities(database.pool);
      const says = `Movements before ${text} of ${facilities.length} facilities go to ${folder} and out of the database. The folder must be backed up from then on.`;
      if (!(await run.isMeant(says))) return exitCodes.found;
      const act = {
        what: "archive movements",
        target: `ledger before ${text}`,
        outcome: ({ rows, files }: { rows: number; files: number }) => `${rows} movements in ${files} files`,
      };
      const move = async () => {
        let [rows, files] = [0, 0];
        const busy = await eachUnlessBusy(run, facilities, async ({ id: facility, facilityId }) => {
          while (!run.signal.aborted) {
            const each = { facility, facilityId, before };
            const written = await archiveNext(database, each, { folder, lockWaitMsMax: LOCK_WAIT_MS_MAX });
            if (written === 0) break;
            [rows, files] = [rows + written, files + 1];
          }
        });
        return { rows, files, busy };
      };
      const moved = await run.audited(act, move, database);
      run.out.document(moved);
      run.out.say(
        moved.rows > 0
          ? `${moved.rows} movements are in ${moved.files} new files. Back up ${folder} now; ops ledger verify checks each copy of it.`
          : `Nothing from before ${text} was archived: what is older may still be asked for (docs/archive.md says what stays).`,
      );
      return endOf(run, moved.busy);
    });
  },
};

const ledgerVerify: Command = {
  name: "ledger verify",
  usage: "[--to FOLDER] [--facility ID]",
  summary: "reads every file of the ledger's archive; exits 1 with those that are not what was written",
  async run(run) {
    const folder = folderOf(run);
    const files = await run.withDatabase((database) => filesOf(run, database));
    const faults: string[] = [];
    for (const file of files) {
      try {
        await readArchive(folder, file);
      } catch (error) {
        if (!(error instanceof ArchiveDamaged)) throw error;
        faults.push(messageOf(error));
      }
    }
    run.out.document({ files: files.length, faults });
    for (const fault of faults) run.out.say(fault);
    if (files.length === 0) run.out.say("Nothing is archived.");
    else run.out.say(`${files.length - faults.length} of ${files.length} files are what was written.`);
    if (faults.length > 0) run.out.say("Put the others back from a copy of the folder, and verify again.");
    return faults.length > 0 ? exitCodes.found : exitCodes.ok;
  },
};

const ledgerRestore: Command = {
  name: "ledger restore",
  usage: "[--to FOLDER] [--facility ID] [--yes]",
  summary: "puts the movements of the ledger's archive back into the database as they were; the files stay",
  async run(run) {
    const folder = folderOf(run);
    return withOwner(run, async (database) => {
      const files = await filesOf(run, database);
      if (files.length === 0) {
        return run.done({ rows: 0, busy: [] }, "Nothing is archived.");
      }
      const says = `The movements of ${files.length} files go back into the database.`;
      if (!(await run.isMeant(says))) return exitCodes.found;
      const act = {
        what: "restore archived movements",
        target: `${files.length} files`,
        outcome: ({ rows }: { rows: number }) => `${rows} movements`,
      };
      const putBack = async () => {
        let rows = 0;
        const busy = await eachUnlessBusy(run, files, async (file) => {
          rows += await restoreArchive(database, file, { folder, lockWaitMsMax: LOCK_WAIT_MS_MAX });
        });
        return { rows, busy };
      };
      const done = await run.audited(act, putBack, database);
      run.out.document(done);
      run.out.say(
        `${done.rows} movements are in the ledger again. Their files stay in ${folder}, and are needed no more.`,
      );
      return endOf(run, done.busy);
    });
  },
};

/** Does each until it is stopped. @returns the stores whose lock could not be had, each once */
async function eachUnlessBusy<Each extends { readonly facilityId: string }>(
  run: Run,
  all: readonly Each[],
  work: (each: Each) => Promise<void>,
): Promise<string[]> {
  const busy = new Set<string>();
  for (const each of all) {
    if (run.signal.aborted) break;
    // Of a store the later files are not put back before the newer ones.
    if (busy.has(each.facilityId)) continue;
    await work(each).catch((error: unknown) => {
      if (!isLockTimeout(error)) throw error;
      busy.add(each.facilityId);
    });
  }
  return [...busy];
}

/** How it ended, and what next. */
function endOf(run: Run, busy: readonly string[]): number {
  if (run.signal.aborted) run.out.say("It was stopped. Run the same again: it goes on where it was.");
  else if (busy.length > 0)
    run.out.say(`Not done, because a reset was at work there: ${busy.slice(0, 20).join(", ")}. Run the same again.`);
  if (run.signal.aborted) return exitCodes.stopped;
  return busy.length > 0 ? exitCodes.found : exitCodes.ok;
}

/** No process may take a row out of the ledger, nor may the operator's role: the owner of the tables may. */
const withOwner = <T>(run: Run, use: (database: Database) => Promise<T>): Promise<T> =>
  run.withDatabase(use, run.addresses.databaseOwner());

function folderOf(run: Run): string {
  const folder = run.text("to") ?? run.addresses.archiveDir;
  if (folder === undefined) throw new UsageError("say --to FOLDER, or set ARCHIVE_DIR");
  return folder;
}

/** The facility that is named, if one is. @throws NotFound */
async function facilityNamed(run: Run, database: Database) {
  const facilityId = run.text("facility");
  return facilityId === undefined
    ? undefined
    : { id: (await facilityPlace(database, facilityId)).facility, facilityId };
}

async function filesOf(run: Run, database: Database): Promise<ArchiveFile[]> {
  return listArchives(database.pool, (await facilityNamed(run, database))?.id ?? null);
}

export const ledgerArchiveCommands: readonly Command[] = [ledgerArchive, ledgerVerify, ledgerRestore];
