// ops facilities: which there are; and making them known, naming and retiring them. What failed because one was not known is said with the
// command that retries it.
import { isOutage } from "@inventory-sync/db";
import { plural } from "@inventory-sync/domain";
import {
  addFacilities,
  addingFacilities,
  countFailedAsUnknown,
  FACILITY_STATES,
  type FacilityToAdd,
  type FailedAsUnknown,
  facilitiesToAdd,
  facilityToAdd,
  listFacilities,
  namedFacilities,
  nameFacility,
  namingFacility,
  newName,
  retireFacility,
  retiringFacility,
} from "@inventory-sync/operator";
import { ConfigError } from "@inventory-sync/runtime";
import {
  Away,
  type Command,
  checked,
  exitCodes,
  Failure,
  faultsOf,
  type Run,
  UsageError,
  whyWithout,
} from "./command.ts";
import { readCsvFile } from "./csv-file.ts";
import { tableOf } from "./stock.ts";

const FACILITIES_MAX = 1_000_000;
const STATES = [...FACILITY_STATES, "retired"] as const;

const facilities: Command = {
  name: "facilities",
  usage: `[--state ${STATES.join("|")}]`,
  summary: "lists the facilities: their state, their last reset, and when their last event occurred",
  async run(run) {
    const state = run.choice("state", STATES);
    const found = await run.withDatabase((database) => listFacilities(database, { after: "", limit: FACILITIES_MAX }));
    const stateOf = ({ state: now, retiredAt }: (typeof found.items)[number]) => (retiredAt === null ? now : "retired");
    const shown = found.items.filter((each) => state === undefined || stateOf(each) === state);
    run.out.document({ facilities: shown });
    const rows = shown.map((each) => ({
      facility: each.facilityId,
      name: each.name ?? "–",
      state: stateOf(each),
      "last reset": each.lastReset?.state ?? "–",
      "count true at": run.time(each.lastReset?.asOf ?? null),
      "reset ended": run.time(each.lastReset?.finishedAt ?? null),
      "last event": run.time(each.lastEventAt),
      reset: each.lastReset?.resetId ?? "–",
    }));
    for (const line of tableOf(rows)) run.out.say(line);
    const which = state === undefined ? "" : ` in state ${state}`;
    run.out.say(`${plural(shown.length, "facility", "facilities")}${which}.`);
    return exitCodes.ok;
  },
};

const facilitiesUnknown: Command = {
  name: "facilities unknown",
  summary:
    "lists the facilities that failed jobs or the newest file name and that are not known; exits 1 when there are any",
  async run(run) {
    const failed = await failedJobs(run);
    const { unknown, known } = await run.withDatabase((database) => namedFacilities(database, failed.counts));
    run.out.document({ unknown, known, ...(failed.fault !== undefined && { failedJobsUnknown: failed.fault }) });
    if (unknown.length === 0) run.out.say("Every facility that is named is known.");
    else {
      const rows = unknown.map((each) => [each.facilityId, each.failedJobs, each.rejectedRows, each.file ?? "–"]);
      run.out.table(["facility", "failed jobs", "rejected rows", "of the file"], rows);
      run.out.say("Make one known with: facilities add ID --name NAME; or many with: facilities import FILE.csv");
      const resetId = unknown.find((each) => each.resetId !== null)?.resetId;
      if (resetId)
        run.out.say(`Then apply its rows: reset rejects ${resetId} > rejects.csv, and reset repair rejects.csv --wait`);
    }
    sayWaiting(run, failed, known);
    return unknown.length > 0 ? exitCodes.found : exitCodes.ok;
  },
};

const facilitiesAdd: Command = {
  name: "facilities add",
  usage: "ID [--name NAME]",
  summary: "makes a facility known, or brings back one that was retired; says which failed jobs wait for it",
  async run(run) {
    const facilityId = run.word("name the facility by the id that its POS sends");
    return add(run, [checked(facilityToAdd, { facilityId, name: run.text("name") })]);
  },
};

const facilitiesImport: Command = {
  name: "facilities import",
  usage: "FILE.csv",
  summary:
    "makes the facilities of a CSV file known; its columns are facilityId and, if you like, name. May be repeated",
  async run(run) {
    const file = run.word("name the CSV file");
    const rows = await readCsvFile(file, { needed: ["facilityId"], optional: ["name"] });
    for (const { line, ...row } of rows) {
      const [fault] = faultsOf(facilityToAdd, row);
      if (fault !== undefined) throw new Failure(`Line ${line} of ${file}: ${fault}. Nothing was changed.`);
    }
    const given = rows.map(({ facilityId, name }) => ({ facilityId, name }));
    const listed = facilitiesToAdd.safeParse({ facilities: given });
    if (!listed.success) throw new Failure(`${file} ${listed.error.issues[0]?.message}. Nothing was changed.`);
    return add(run, listed.data.facilities);
  },
};

async function add(run: Run, given: readonly FacilityToAdd[]): Promise<number> {
  const act = { ...addingFacilities, target: addingFacilities.target(given.map((each) => each.facilityId)) };
  const added = await run.audited(act, (database) => addFacilities(database, given));
  const failed = await failedJobs(run);
  const jobsOf = (facilityId: string) => (failed.fault === undefined ? (failed.counts.get(facilityId) ?? 0) : null);
  const items = added.map((each) => ({ ...each, failedJobs: jobsOf(each.facilityId) }));
  run.out.document({ facilities: items });
  run.out.say(`${addingFacilities.outcome(added)}.`);
  const waiting = items.flatMap(({ facilityId, failedJobs: count }) =>
    count ? [{ facilityId, failedJobs: count }] : [],
  );
  sayWaiting(run, failed, waiting);
  return exitCodes.ok;
}

interface Failed {
  readonly counts: FailedAsUnknown;
  /** Why they could not be counted. */
  readonly fault?: string;
}

/** The failed jobs by the facility that was not known; without the queue what was done is done all the same. */
async function failedJobs(run: Run): Promise<Failed> {
  try {
    return { counts: await run.withQueues((queues) => countFailedAsUnknown(queues.failedPages())) };
  } catch (error) {
    if (!(error instanceof Away || error instanceof ConfigError || isOutage(error))) throw error;
    return { counts: new Map(), fault: whyWithout(error) };
  }
}

/** Says which failed jobs wait for facilities that are known now, with the command that retries them. */
function sayWaiting(
  run: Run,
  { fault }: Failed,
  waiting: readonly { readonly facilityId: string; readonly failedJobs: number }[],
): void {
  if (fault !== undefined) run.out.say(`Whether failed jobs wait for them is not known: ${fault}`);
  if (waiting.length === 0) return;
  const jobs = waiting.reduce((sum, { failedJobs: count }) => sum + count, 0);
  const [only] = waiting.length === 1 ? waiting : [];
  const whom = only ? only.facilityId : plural(waiting.length, "facility", "facilities");
  run.out.say(`${plural(jobs, "failed job waits", "failed jobs wait")} for ${whom}. Try again with:`);
  run.out.say(`  jobs retry --error UNKNOWN_FACILITY${only ? ` --facility ${only.facilityId}` : ""}`);
}

const facilitiesRename: Command = {
  name: "facilities rename",
  usage: "ID NAME",
  summary: 'names a facility for people ("" takes the name away); its id stays what its POS sends',
  async run(run) {
    const [facilityId, text] = run.words;
    if (facilityId === undefined || text === undefined)
      throw new UsageError("say the facility's id, and in quotes its new name");
    const { name } = checked(newName, { name: text });
    const outcome = namingFacility.outcome(name);
    const act = { ...namingFacility, target: namingFacility.target(facilityId), outcome: () => outcome };
    await run.audited(act, (database) => nameFacility(database, facilityId, name));
    return run.done({ facilityId, name: name || null }, `${facilityId}: ${outcome}.`);
  },
};

const facilitiesRetire: Command = {
  name: "facilities retire",
  usage: "ID",
  summary: `retires a facility. ${retiringFacility.says}`,
  async run(run) {
    const facilityId = run.word("name the facility; facilities lists them");
    const act = { ...retiringFacility, target: retiringFacility.target(facilityId), outcome: () => "retired" };
    const done = await run.audited(act, (database) => retireFacility(database, facilityId));
    const retired = `${facilityId} is retired since ${run.time(done.retiredAt)}`;
    return run.done(done, `${retired}. ${retiringFacility.says} ${retiringFacility.left(done.units)}`.trim());
  },
};

export const facilityCommands: readonly Command[] = [
  facilities,
  facilitiesUnknown,
  facilitiesAdd,
  facilitiesImport,
  facilitiesRename,
  facilitiesRetire,
];
