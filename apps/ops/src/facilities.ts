// ops facilities: which there are, whether they are open, when they were last heard of.
import { type FacilityView, listFacilities } from "@inventory-sync/db";
import { type Command, exitCodes, textOption, UsageError, withDatabase } from "./command.ts";
import { plural, table, timeWriter } from "./output.ts";

const PAGE = 1_000;
const STATES = ["open", "reconciling", "held"] as const;

export const facilities: Command = {
  name: "facilities",
  usage: `[--state ${STATES.join("|")}]`,
  summary: "lists the facilities: their state, their last reset, and when their last event occurred",
  options: { state: { type: "string" } },
  positionalsMax: 0,
  async run(run) {
    const state = textOption(run, "state");
    if (state !== undefined && !STATES.some((known) => known === state))
      throw new UsageError(`--state is one of ${STATES.join(", ")}`);
    const found = await withDatabase(run, async (database) => {
      const all: FacilityView[] = [];
      for (let page = await listFacilities(database, { after: "", limit: PAGE }); ; ) {
        all.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return all;
        page = await listFacilities(database, { after: last.facilityId, limit: PAGE });
      }
    });
    const shown = found.filter((each) => state === undefined || each.state === state);
    run.out.document({ facilities: shown });
    const time = timeWriter(run.addresses.timeZone);
    const rows = shown.map((each) => [
      ...[each.facilityId, each.state, each.lastReset?.state ?? "–", time(each.lastReset?.asOf ?? null)],
      ...[time(each.lastReset?.finishedAt ?? null), time(each.lastEventAt), each.lastReset?.resetId ?? "–"],
    ]);
    const header = ["facility", "state", "last reset", "count true at", "reset ended", "last event", "reset"];
    if (shown.length > 0) for (const line of table(header, rows)) run.out.say(line);
    const which = state === undefined ? "" : ` in state ${state}`;
    run.out.say(`${plural(shown.length, "facility", "facilities")}${which}.`);
    return exitCodes.ok;
  },
};
