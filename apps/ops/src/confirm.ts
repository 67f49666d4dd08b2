// Before anything that cannot simply be taken back: what it would do is said in units and products, and somebody has to mean it.
import type { Run } from "./command.ts";

/** The option of every command that asks. */
export const yesOption = { yes: { type: "boolean" } } as const;

/**
 * Says what would be done, and whether to do it: yes with --yes, else what whoever sits at the terminal answers. Where
 * nobody does, nothing is done.
 * @param would a sentence such as "Approving would correct 12 products at S001, 340 to 338 units."
 */
export async function isMeant(run: Run, would: string): Promise<boolean> {
  if (run.options.yes === true) return true;
  if (run.ask !== undefined) {
    const answer = (await run.ask(`${would}\nDo it? Type yes or no: `)).trim().toLowerCase();
    if (answer === "yes" || answer === "y") return true;
    run.out.document({ done: false, would });
    run.out.say("Nothing was done.");
    return false;
  }
  run.out.document({ done: false, would });
  run.out.say(`${would}\nNothing was done. Add --yes to do it.`);
  return false;
}
