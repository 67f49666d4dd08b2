// ops audit: is every level the sum of its movements (R1)? ops audit-log: the operators' actions, on the board and at the
// command line.
import { auditLevels, listActions } from "@inventory-sync/operator";
import { type Command, exitCodes, UsageError } from "./command.ts";

export const audit: Command = {
  name: "audit",
  summary: "checks every level against its movements; exits 1 with the differences",
  async run(run) {
    const report = await run.out.withProgress("facilities checked", (tell) =>
      run.withDatabase((database) => auditLevels(database, tell)),
    );
    run.out.document(report);
    const { levels, movements, facilities, differences, listed } = report;
    const looked = `${levels} levels and ${movements} movements of ${facilities} facilities`;
    if (differences === 0) {
      run.out.say(`${looked}: every level is the sum of its movements.`);
      return exitCodes.ok;
    }
    run.out.say(`${looked}: ${differences} levels differ from their movements.`);
    const rows = listed.map(({ facilityId, idType, idValue, onHand, effects }) => [
      facilityId,
      idType,
      idValue,
      onHand ?? "no level",
      effects ?? "no movement",
    ]);
    run.out.table(["facility", "id type", "id value", "on hand", "sum of effects"], rows);
    if (listed.length < differences) run.out.say(`… and ${differences - listed.length} more`);
    return exitCodes.found;
  },
};

export const auditLog: Command = {
  name: "audit-log",
  usage: "[--limit N] [--before ID]",
  summary: "lists what operators did on the board and at the command line, newest first",
  async run(run) {
    const limit = run.count("limit");
    const before = run.text("before");
    if (before !== undefined && !/^\d{1,18}$/.test(before)) throw new UsageError("--before is an id of this list");
    const { actions, next } = await run.withDatabase((database) => listActions(database, { before, limit }));
    run.out.document({ actions, next: next ?? null });
    const rows = actions.map(({ id, at, who, role, what, target, outcome, address }) =>
      [id, run.time(at), who, role, what, target, outcome ?? "outcome unknown", address].map((cell) => cell ?? "–"),
    );
    const header = ["id", "at", "who", "role", "what", "to what", "outcome", "from"];
    run.out.table(header, rows, "No operator has done anything yet.");
    if (next !== undefined) run.out.say(`Older ones: --before ${next}`);
    return exitCodes.ok;
  },
};
