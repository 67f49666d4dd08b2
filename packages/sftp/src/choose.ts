// Flow 2, step 1, begun by a person: which waiting file a reset is to be run over, or in words why there is none.
import { nameFault, someOf } from "@inventory-sync/domain";
import { shownName as shown } from "./failure.ts";
import type { Inbox } from "./inbox.ts";
import type { WaitingSnapshot } from "./waiting.ts";

/** There is nothing to run a reset over. */
export interface NoSnapshot {
  /** `named`: the file asked for is not there; `unusable`: it is, but is no snapshot by its name; `none`: nothing waits. */
  readonly missing: "named" | "unusable" | "none";
  /** What was looked for, what was found in incoming/, and what to do. */
  readonly reason: string;
}

const NAMES_SHOWN_MAX = 10;

/**
 * Chooses the oldest waiting snapshot, or the one of that name. Files whose names cannot be kept are passed over, and said to be
 * there: the daily run moves them to rejected/, where that is on record and raises an alarm.
 * @param dealtWith asked once the folder was listed; tells what a reset has dealt with: it is run again only where it is named
 * @throws SftpFailure when the server fails
 */
export async function chooseSnapshot(
  inbox: Pick<Inbox, "look">,
  name: string | undefined,
  dealtWith: () => Promise<(file: WaitingSnapshot) => boolean> = async () => () => false,
): Promise<WaitingSnapshot | NoSnapshot> {
  const { waiting, badlyNamed, names } = await inbox.look();
  const isDealtWith = await dealtWith();
  const chosen = waiting.find((file) => (name === undefined ? !isDealtWith(file) : file.name === name));
  if (chosen) return chosen;
  if (name === undefined) {
    const bad =
      badlyNamed.length === 0
        ? ""
        : ` The names of ${badlyNamed.length} of them cannot be kept: the daily run moves those to rejected/.`;
    const reason = `No snapshot waits in incoming/. ${found(names)}${bad} Send a file whose name fits SNAPSHOT_GLOB, then ask again.`;
    return { missing: "none", reason };
  }
  if (badlyNamed.some((file) => file.name === name)) {
    const reason = `${shown(name)} cannot be taken: its name ${nameFault(name)}. Send it again under another name; the daily run moves this one to rejected/.`;
    return { missing: "unusable", reason };
  }
  if (names.includes(name)) {
    const reason = `${shown(name)} lies in incoming/, but its name is not that of a whole snapshot. Rename it to fit SNAPSHOT_GLOB once it is whole.`;
    return { missing: "unusable", reason };
  }
  return {
    missing: "named",
    reason: `${shown(name)} does not lie in incoming/. ${found(names)} Name one of those, or send the file.`,
  };
}

function found(names: readonly string[]): string {
  if (names.length === 0) return "The folder is empty.";
  return `Found there: ${someOf(names.map(shown), NAMES_SHOWN_MAX)}.`;
}
