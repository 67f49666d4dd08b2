// Passwords being looked at. Each takes a tenth of a second of a processor and one of the four threads that Node has, which files
// are read with, too; so only two are looked at at once, and whoever would wait long is asked to come back.
import { verifyPassword } from "@inventory-sync/runtime";
import { Problem } from "../problem.ts";

const AT_WORK_MAX = 2;
const WAITING_MAX = 16;
const RETRY_AFTER_S = "2";

/** Says whether a password is the one whose hash is stored. @throws Problem 503 when too many wait already */
export type CheckPassword = (password: string, stored: string) => Promise<boolean>;

/** @param verify what takes the time */
export function createPasswordCheck(verify: CheckPassword = verifyPassword): CheckPassword {
  let atWork = 0;
  const waiting: (() => void)[] = [];
  return async (password, stored) => {
    if (atWork >= AT_WORK_MAX) {
      if (waiting.length >= WAITING_MAX)
        throw new Problem("unavailable", "Very many people are signing in. Try again in a moment.", {
          headers: { "retry-after": RETRY_AFTER_S },
        });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else atWork += 1;
    try {
      return await verify(password, stored);
    } finally {
      // Whoever waits longest takes over the place.
      const next = waiting.shift();
      if (next) next();
      else atWork -= 1;
    }
  };
}
