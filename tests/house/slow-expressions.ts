/**
 * Tells a regular expression that looks at a text in more than linear time, by trying it. Strings that it matches are cut
 * open, a piece of them is repeated, and something that does not match is put behind: that is how such a text is made by
 * whoever wants a process to stand still.
 */
import { randomOf } from "../faults/random.ts";
import { matchingTexts } from "./matching-texts.ts";

/** Lengths of the attacks: close together at first, so that an exponential one is seen before it takes minutes. */
const repeats = [4, 6, 8, 10, 13, 16, 20, 25, 31, 39, 49, 61, 76, 160, 640, 1_280];
/** A long piece need not be repeated as often. */
const attackLengthMax = 6_000;
/** What no linear look at the longest of them takes, and a quadratic one always does. */
const suspiciousMs = 0.4;
/** What a text of up to four times the length may take more: linear would be 4, quadratic is 16. */
const growthMax = 8;
const growthFromMs = 1;
const repeatsMax = 200_000;
/** One look that takes longer has shown enough. */
const hopelessMs = 300;
const samples = 16;
const sampleLengthMax = 120;
const pieceLengthMax = 6;
const ends = ["", "\u0000", "x\n!", "\u0000\"'x"];

/** How a text is made that the expression is slow with. */
export interface Attack {
  readonly start: string;
  readonly repeated: string;
  readonly end: string;
}

/** The attack that takes more than linear time, or undefined when none of those that were tried does. */
export function attackOn(expression: RegExp): Attack | undefined {
  // What repeats nothing looks at each place once.
  if (!/[*+{]|(?<!\()\?/.test(expression.source)) return undefined;
  const look = looking(expression);
  return attacksOn(expression).find((attack) => {
    const tried = repeats.filter((times) => times * attack.repeated.length <= attackLengthMax);
    const times = tried.find((some) => msOf(look, textOf(attack, some)) > suspiciousMs);
    if (times === undefined) return false;
    // What holds up one look is not an expression that is slow: it must be so each time.
    return Array.from({ length: 3 }).every(() => isMoreThanLinear(look, attack, times));
  });
}

/** The whole text is looked at, from each place where the expression may begin, as `replace` and `split` do. */
function looking(expression: RegExp): (text: string) => void {
  if (expression.sticky) return (text) => void expression.exec(text);
  const everywhere = new RegExp(expression.source, [...new Set([...expression.flags, "g"])].join(""));
  return (text) => void text.replace(everywhere, "");
}

/**
 * Milliseconds that one look takes. One that is long is looked at three times more, in processor time, so that a machine that is
 * busy with something else does not count, and the least of them counts, since this process has other things to do as well,
 * such as to collect garbage. (To ask for the processor time of each look takes longer than the looks themselves.)
 */
function msOf(look: (text: string) => void, text: string): number {
  const start = performance.now();
  look(text);
  const passed = performance.now() - start;
  if (passed <= suspiciousMs) return passed;
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 3 && least > suspiciousMs; turn += 1) {
    const before = process.cpuUsage();
    look(text);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1_000;
    if (took > hopelessMs) return took;
    least = Math.min(least, took);
  }
  return least;
}

const textOf = ({ start, repeated, end }: Attack, times: number) => start + repeated.repeat(times) + end;

/** Looks at texts that grow in small steps, for one of four times the length could keep an exponential expression busy for ever. */
function isMoreThanLinear(look: (text: string) => void, attack: Attack, from: number): boolean {
  let times = from;
  let once = 0;
  for (; times < repeatsMax; times = Math.ceil(times * 1.2)) {
    once = msOf(look, textOf(attack, times));
    if (once > growthFromMs) break;
  }
  for (let more = times + 1; more <= times * 4; more = Math.ceil(more * 1.1)) {
    const took = msOf(look, textOf(attack, more));
    if (took > hopelessMs || took > once * growthMax) return true;
  }
  return false;
}

/** Every short piece of a few matching texts repeated where it stands, and every beginning repeated from the start. */
function attacksOn(expression: RegExp): Attack[] {
  const attacks = new Map<string, Attack>();
  const add = (sample: string, from: number, to: number) => {
    const [start, repeated, rest] = [sample.slice(0, from), sample.slice(from, to), sample.slice(to)];
    for (const end of [...ends, `${rest}\u0000`])
      attacks.set(JSON.stringify([start, repeated, end]), { start, repeated, end });
  };
  for (const sample of samplesOf(expression)) {
    for (let from = 0; from < sample.length; from += 1) {
      if (from > 1 && sample[from] === sample[from - 1] && sample[from] === sample[from - 2]) continue;
      for (let to = from + 1; to <= Math.min(sample.length, from + pieceLengthMax); to += 1) add(sample, from, to);
      add(sample, 0, from + 1);
    }
  }
  return [...attacks.values()];
}

function samplesOf(expression: RegExp): string[] {
  const random = randomOf(1);
  const found = matchingTexts(expression, samples, (below) => random.int(0, below - 1));
  return [...new Set(found.map((sample) => sample.slice(0, sampleLengthMax)))];
}
