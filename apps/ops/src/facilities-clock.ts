// ops facilities clock: how late a facility's sales come after the time that its tills say; and correcting that time, after saying what
// it would make of what was absorbed.
import { minutesText } from "@inventory-sync/domain";
import {
  changeTimeOffset,
  type FacilityClock,
  readFacilityClock,
  settingTimeOffset,
  signedMinutes,
  type TimeOffsetDone,
  timeOffsetAsked,
} from "@inventory-sync/operator";
import { type Command, checked, exitCodes, type Run, UsageError } from "./command.ts";

const LOCK_WAIT_MS_MAX = 30_000;

export const facilitiesClock: Command = {
  name: "facilities clock",
  usage: "ID [--minutes=N --from TIME [--yes]]",
  summary:
    "says how late a facility's sales come after the time that its tills say (exits 1 when that cannot be right); with --minutes (--minutes=-60 for a clock that is ahead) corrects that time",
  async run(run) {
    const facilityId = run.word("name the facility; facilities lists them");
    const [minutes, from] = [run.text("minutes"), run.text("from")];
    if (minutes === undefined && from === undefined) return show(run, facilityId);
    if (minutes === undefined || from === undefined)
      throw new UsageError(
        "say both: --minutes to add to what the tills say, and --from when on, as 2026-11-23T15:15:00Z",
      );
    const asked = { ...checked(timeOffsetAsked, { minutes: Number(minutes), from }), facilityId };
    return correct(run, asked);
  },
};

async function show(run: Run, facilityId: string): Promise<number> {
  const clock = await run.withDatabase((database) => readFacilityClock(database, facilityId));
  run.out.document(clock);
  const { newest, fault, timeOffsets } = clock;
  run.out.say(
    newest === null ? "No sale that says when it happened has come in the last 6 hours." : seen(newest, run.time),
  );
  for (const each of timeOffsets)
    run.out.say(`Since ${run.time(each.from)} corrected by ${signedMinutes(each.minutes)} (${each.setBy}).`);
  if (fault === null) return exitCodes.ok;
  run.out.say(`Something is wrong: ${fault.says}.`);
  if (fault.minutes !== null)
    run.out.say(`Correct its times with: facilities clock ${facilityId} --minutes=${fault.minutes} --from TIME`);
  return exitCodes.found;
}

function seen(newest: NonNullable<FacilityClock["newest"]>, time: (at: string) => string): string {
  const [least, most] = [newest.lagMinSeconds, newest.lagMaxSeconds].map((each) => minutesText(Math.round(each / 60)));
  const side = newest.lagMaxSeconds < 0 ? "before" : "after";
  return `The last ${newest.events} sales since ${time(newest.since)} came ${least} to ${most} ${side} the time that they name; ${newest.absorbed} of them were absorbed.`;
}

async function correct(run: Run, asked: Parameters<typeof changeTimeOffset>[1]): Promise<number> {
  const by = { setBy: run.operator, lockWaitMsMax: LOCK_WAIT_MS_MAX };
  return run.withDatabase(async (database) => {
    const would = await changeTimeOffset(database, { ...asked, preview: true }, by);
    const says = `At ${asked.facilityId} from ${run.time(would.from)} on ${settingTimeOffset.outcome(would)}.`;
    if (!run.has("yes")) sayProducts(run, would);
    if (!(await run.isMeant(`${says} ${settingTimeOffset.says}`))) return exitCodes.found;
    const act = {
      what: settingTimeOffset.what,
      target: settingTimeOffset.target(asked.facilityId),
      outcome: (set: TimeOffsetDone) => `from ${set.from} ${settingTimeOffset.outcome(set)}`,
    };
    const done = await run.audited(act, () => changeTimeOffset(database, { ...asked, preview: false }, by), database);
    return run.done(done, `${asked.facilityId}: ${settingTimeOffset.outcome(done)}.`);
  });
}

function sayProducts(run: Run, { products }: TimeOffsetDone): void {
  if (products.length === 0) return;
  const rows = products.map((each) => [each.idType, each.idValue, each.movements, each.quantity]);
  run.out.table(["type", "product", "movements", "change"], rows);
}
