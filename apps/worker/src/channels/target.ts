// What a kind of channel is. A kind is a folder beside this file: its settings, and how levels reach its target. Everything that is
// alike for all of them (what has changed, the lane, order, the circuit, setting aside) is outside of it.
import type { ChannelProblem, ChannelSettings, ToldLevel } from "@inventory-sync/domain";
import { type Logger, type ShapeFault, shapeFaults } from "@inventory-sync/runtime";
import type { z } from "zod";

/** A level as a target is told it. */
export interface LevelToTell extends ToldLevel {
  /** The target's name for the facility. */
  readonly place: string;
  /** The target's id of it, as it was told last; null where it was never told, or needs none. */
  readonly target: string | null;
  /** On hand as the target last confirmed it; null before. */
  readonly told: number | null;
}

/** What became of one level. */
export type ToldFate =
  | { readonly fate: "confirmed"; readonly target?: string }
  | { readonly fate: "set-aside"; readonly code: ChannelProblem; readonly message: string };

/** An open connection to the target of one channel. */
export interface Target {
  /** Levels in one call at most. */
  readonly batchMax: number;
  /** Calls at once at most. */
  readonly callsAtOnceMax: number;
  /**
   * Tells levels, each another one. Resolves with one fate a level, in their order, once the target has answered for all of them.
   * @throws TargetFailure when nothing of it is known to have arrived
   */
  tell(levels: readonly LevelToTell[], stopping: AbortSignal): Promise<readonly ToldFate[]>;
  close(): Promise<void>;
}

/** What a target is opened with. */
export interface TargetParts {
  readonly log: Logger;
}

/** How an entry of CHANNELS_FILE reads as one of its kind. */
export type ChannelReading =
  | { readonly faults: readonly ShapeFault[] }
  /** `place` is where it tells: two channels that tell the same place are refused. `open` throws in words when a secret cannot be read. */
  | { readonly place: string; open(parts: TargetParts): Target };

/** One kind of channel. */
export interface ChannelKind {
  readonly name: string;
  read(given: ChannelSettings): ChannelReading;
}

/** Makes a kind out of the schema of its whole entry in CHANNELS_FILE, the place that an entry tells, and how its target is opened. */
export function channelKind<Settings>(kind: {
  readonly name: string;
  readonly settings: z.ZodType<Settings>;
  placeOf(settings: Settings): string;
  open(settings: Settings, parts: TargetParts): Target;
}): ChannelKind {
  return {
    name: kind.name,
    read: (given) => {
      const read = kind.settings.safeParse(given);
      if (!read.success) return { faults: shapeFaults(read.error, given) };
      return { place: `${kind.name} ${kind.placeOf(read.data)}`, open: (parts) => kind.open(read.data, parts) };
    },
  };
}

/** How a target failed: it is away; it asks to be slower; it refuses the call as it is; it wants no more. */
export type FailureKind = "away" | "throttled" | "refused" | "disabled";

/** The target took nothing. */
export class TargetFailure extends Error {
  override readonly name = "TargetFailure";
  readonly kind: FailureKind;
  /** When the target wants to be asked again, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}
