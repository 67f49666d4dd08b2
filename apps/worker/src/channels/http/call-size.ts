// How many levels go into one call of a target whose limit is its own matter: it says the limit when it is passed, or it is just too slow.
import { errors } from "undici";
import { TargetFailure } from "../target.ts";

/** A size that learns: halved when the target cannot manage so many, one more with each full call that went well. */
export type CallSize = ReturnType<typeof callSize>;

/** @param most how many levels a call may have at all */
export function callSize(most: number) {
  let limit = most;
  let now = most;
  return {
    get now() {
      return now;
    },
    /** Makes a call of so many levels and learns from how it ends. */
    during: async <Answer>(levels: number, call: () => Promise<Answer>): Promise<Answer> => {
      try {
        const answer = await call();
        if (levels >= now) now = Math.min(limit, now + 1);
        return answer;
      } catch (error) {
        if (isTooMuch(error)) now = Math.max(1, Math.min(now, Math.floor(levels / 2)));
        throw error;
      }
    },
    /** The target has said how many it takes at most. */
    limitTo: (said: number): void => {
      limit = Math.max(1, Math.min(limit, said));
      now = Math.min(now, limit);
    },
  };
}

/** Whether the target took the call but did not end its answer in time, or has too much to say: fewer levels may do. */
function isTooMuch(error: unknown): boolean {
  const cause = error instanceof TargetFailure ? error.cause : undefined;
  return (
    cause instanceof errors.ResponseExceededMaxSizeError ||
    cause instanceof errors.HeadersTimeoutError ||
    cause instanceof errors.BodyTimeoutError ||
    (cause instanceof Error && cause.name === "TimeoutError")
  );
}
