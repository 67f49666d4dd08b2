// Flow 2, step 6: what a facility reset is asked to keep to, and how it ended.
import type { GuardLimits, PartState } from "@inventory-sync/domain";

/** Limits and choices of a facility reset. */
export interface ReconcileOptions {
  /** ABSENT_ROWS: what a product becomes that the snapshot does not list (R7). */
  readonly absentRows: "keep" | "zero";
  /** Movements this close to as_of are counted as borderline. */
  readonly borderlineSeconds: number;
  /** How long to wait for batches in flight to let go of the facility, in milliseconds. */
  readonly lockWaitMsMax: number;
  /** Limits past which the facility is held; undefined once somebody has approved it. */
  readonly guards: GuardLimits | undefined;
}

/** How a facility reset ended, or why it has not. */
export type ReconcileResult =
  | {
      readonly ended: "applied" | "stale";
      readonly rows: number;
      readonly corrected: number;
      readonly lockedMs: number;
    }
  | { readonly ended: "held"; readonly because: string }
  | { readonly ended: "previewed"; readonly corrected: number }
  | { readonly ended: "already"; readonly state: PartState }
  | { readonly ended: "staging-lost"; readonly wanted: number; readonly found: number };
