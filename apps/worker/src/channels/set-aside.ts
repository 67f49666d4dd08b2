// How a kind says why a level cannot be told, or read back: the target's own words, then what to do.
import { type ChannelProblem, channelProblems, sentence } from "@inventory-sync/domain";
import type { HeldLevel, ToldFate } from "./target.ts";

const WORDS_CHARACTERS_MAX = 300;

/** What becomes of a level that the target does not take. @param words the target's own, bounded here */
export function setAside(code: ChannelProblem, words: string): ToldFate {
  return { fate: "set-aside", code, message: inWords(code, words) };
}

/** What the target has of a level that it cannot be asked for. */
export function notHeld(problem: ChannelProblem, words: string): HeldLevel {
  return { problem, message: inWords(problem, words) };
}

function inWords(code: ChannelProblem, words: string): string {
  return `${sentence(words.trim().slice(0, WORDS_CHARACTERS_MAX))} ${channelProblems[code]}`;
}
