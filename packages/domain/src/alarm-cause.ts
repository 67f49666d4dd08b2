// What all texts of alarms are made with.
import type { AlarmCause, AlarmKind } from "./alarms.ts";
import { sentence, shortened } from "./words.ts";

const EXAMPLE_CHARACTERS_MAX = 300;

/** Something that is the case. @param about what makes the cause this one among those of its kind */
export function alarmCause(
  kind: AlarmKind,
  about: readonly string[],
  fields: Omit<AlarmCause, "key" | "kind">,
): AlarmCause {
  return { key: [kind, ...about].join(":"), kind, ...fields };
}

/** An example, as a sentence that is not too long. */
export function inBrief(text: string): string {
  return sentence(shortened(text, EXAMPLE_CHARACTERS_MAX));
}
