// What a kind of channel is. A kind is a folder beside this file: its settings, and how levels reach its target. Everything that is
// alike for all of them (what has changed, the lane, order, the circuit, setting aside) is outside of it.
import {
  type ChannelProblem,
  type ChannelSettings,
  channelProblems,
  sentence,
  shortened,
  showable,
  type ToldLevel,
} from "@inventory-sync/domain";
import { type Logger, type ShapeFault, shapeFaults, withoutSecrets } from "@inventory-sync/runtime";
import type { z } from "zod";

export interface LevelToTell extends ToldLevel {
  /** The target's name for the facility. "*", as `facilityId`, where the target has one number for all of them. */
  readonly place: string;
  /**
   * The target's id of it: that of the map where the channel has one, else what the last fate of it had as `target`, the target's id or what
   * else its kind keeps of it; null where there was none.
   */
  readonly target: string | null;
  /** The number that the target last confirmed (`numberOf` of the level as it was then); null before. */
  readonly told: number | null;
  /** A person had it tried again after TARGET_CHANGED: what another one wrote there may be overwritten. */
  readonly mayOverwrite: boolean;
}

/** What became of one level. What stands in `target` is kept with it until another fate has one. */
export type ToldFate =
  | {
      readonly fate: "confirmed";
      readonly target?: string;
      /** What stands in the target, where that is not `numberOf` of the level as it was given: the difference is told next. */
      readonly number?: number;
    }
  | { readonly fate: "set-aside"; readonly code: ChannelProblem; readonly message: string; readonly target?: string };

/** What became of one level of several that a target is told by a call each: the call of this one failed, and nothing is known of the others by it. */
export interface FailedFate {
  readonly fate: "failed";
  readonly failure: TargetFailure;
}

/** A thing of the target that can be told a level, by the id that we know it by. */
export interface TargetItem {
  readonly idValue: string;
  /** The target's own id of it. */
  readonly target: string;
  /** Why it can be told nothing, where that is so: UNTRACKED, BUNDLE. */
  readonly problem?: ChannelProblem;
}

/** Some of the things of a target; `next` leads to the following ones and is null with the last. */
export interface TargetItemPage {
  readonly items: readonly TargetItem[];
  readonly next: string | null;
}

/** What a target has for one level: the number in the field that the channel writes, or why it has none. */
export type HeldLevel = { readonly number: number } | { readonly problem: ChannelProblem; readonly message: string };

/** An open connection to the target of one channel. */
export interface Target {
  /** Levels in one call at most. */
  readonly batchMax: number;
  readonly callsAtOnceMax: number;
  /**
   * Tells levels, each another one. Resolves with one fate a level, in their order, once the target has answered for all of them.
   * @throws TargetFailure when nothing of it is known to have arrived
   */
  tell(levels: readonly LevelToTell[], stopping: AbortSignal): Promise<readonly (ToldFate | FailedFate)[]>;
  /**
   * A page of the target's things, where levels are told by ids of the target's own. The channel keeps them as its map, and a level
   * comes with the `target` that the map has for it; one that is not in it, or there twice, is set aside before it is told.
   * @throws TargetFailure
   */
  items?(after: string | null, stopping: AbortSignal): Promise<TargetItemPage>;
  /**
   * What the target has now, one answer a level, in their order, where it can be asked. Never writes.
   * @throws TargetFailure
   */
  held?(levels: readonly LevelToTell[], stopping: AbortSignal): Promise<readonly HeldLevel[]>;
  /**
   * Of a kind that tells deltas: tells absolutely what is of unknown outcome or was never told, where that can be done. What is set aside
   * is UNKNOWN_OUTCOME whatever its code, and is asked of again here after a while, with the `target` of that fate.
   * @throws TargetFailure
   */
  resetLevels?(levels: readonly LevelToTell[], stopping: AbortSignal): Promise<readonly ToldFate[]>;
  /** Levels in one such call at most; `batchMax` where nothing else is said. */
  readonly batchMaxOfReset?: number;
  /**
   * That the target answers by another version of its API than it was asked by, in words with what to do; null when it does not, undefined
   * before its first answer.
   */
  otherVersion?(): string | null | undefined;
  close(): Promise<void>;
}

export interface TargetParts {
  readonly log: Logger;
}

/** How an entry of CHANNELS_FILE reads as one of its kind. */
export type ChannelReading =
  | { readonly faults: readonly ShapeFault[] }
  /** `place` is where it tells: two channels that tell the same place are refused. With another `knownBy` the map of before says nothing any more. `open` throws in words when a secret cannot be read. */
  | { readonly place: string; readonly knownBy?: string; open(parts: TargetParts): Target };

export interface ChannelKind {
  readonly name: string;
  readonly tells: Tells;
  read(given: ChannelSettings): ChannelReading;
}

/** What a kind tells of a level. */
export interface Tells {
  /** The number that stands in the target once it has confirmed: what is compared, and shown as told. On hand where nothing else is said. */
  numberOf?(level: ToldLevel): number;
  /** The target has one number for all facilities: a level comes with the sums of those that the channel is told of. */
  readonly isSum?: true;
  /**
   * The target is told by how much a number changed, so nothing may be told twice: what is sent is noted before, and a level whose
   * answer was lost is UNKNOWN_OUTCOME until it is settled.
   */
  readonly isDelta?: true;
  /** What is ordered or shipped there lowers its number by itself: a compare leaves one alone that is below the told one. */
  readonly lowersItself?: true;
}

/** Makes a kind out of the schema of its whole entry in CHANNELS_FILE, the place that an entry tells, and how its target is opened. */
export function channelKind<Settings>(kind: {
  readonly name: string;
  readonly settings: z.ZodType<Settings>;
  readonly tells?: Tells;
  placeOf(settings: Settings): string;
  /** By which field of theirs the target's things are known, where that can be chosen. */
  knownBy?(settings: Settings): string;
  open(settings: Settings, parts: TargetParts): Target;
}): ChannelKind {
  return {
    name: kind.name,
    tells: kind.tells ?? {},
    read: (given) => {
      const read = kind.settings.safeParse(given);
      if (!read.success) return { faults: shapeFaults(read.error, given) };
      const knownBy = kind.knownBy?.(read.data);
      return {
        place: `${kind.name} ${kind.placeOf(read.data)}`,
        ...(knownBy !== undefined && { knownBy }),
        open: (parts) => kind.open(read.data, parts),
      };
    },
  };
}

/**
 * How a target failed: it is away; it asks to be slower; it refuses the call as it is; it wants no more; or its answer was lost after
 * the call was written, so that it may have taken it (which only matters to a kind that tells deltas, and is `away` to others).
 */
export type FailureKind = "away" | "throttled" | "refused" | "disabled" | "unknown";

/** The target took nothing, or is not known to have taken anything. */
export class TargetFailure extends Error {
  override readonly name = "TargetFailure";
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(theirWords(message), options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const KEPT_CHARACTERS_MAX = 1_000;
const WORDS_CHARACTERS_MAX = 300;

/**
 * A text with words of a target in it as it is kept and shown, for it ends in a database that has no zero byte, in logs, in chats and on
 * terminals, and may repeat what the target was sent: in one line, with what is not seen written out, without secrets, bounded.
 */
export function theirWords(text: string): string {
  return shortened(showable(withoutSecrets(text).replaceAll(/\s/g, " ")), KEPT_CHARACTERS_MAX);
}

/** What becomes of a level that the target does not take. @param words the target's own, bounded here; what to do is said behind them */
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
