// The people who may sign in: BOARD_USERS_FILE, read again whenever it changes, so that a person who leaves is out at once; and
// the check of their passwords.
import { type BoardUser, boardUsersFile, type Logger, verifyPassword, watchJsonFile } from "@inventory-sync/runtime";
import { unavailable } from "../problem.ts";

/** The people of the users file as it is now. */
export type Users = ReturnType<typeof openUsers>;

/** Opens the users file; without one nobody signs in. A broken file leaves the people read before in force. */
export function openUsers(file: string | undefined, log: Logger) {
  let users: ReadonlyMap<string, BoardUser> = new Map();
  const watched =
    file === undefined
      ? undefined
      : watchJsonFile(file, {
          schema: boardUsersFile,
          whenMissing: "make it with `ops users add`, or point BOARD_USERS_FILE to it",
          onRead(read) {
            users = new Map(read.map((user) => [user.name, user]));
            log.info({ file, users: users.size }, "users file read");
          },
          onFault: (fault) =>
            log.error({ file, fault }, "the users file cannot be used: the people read before stay in force"),
        });
  return { find: (name: string) => users.get(name), close: () => watched?.close() };
}

const AT_WORK_MAX = 2;
const WAITING_MAX = 16;
const RETRY_AFTER_S = 2;

/** Says whether a password is the one whose hash is stored. @throws Problem 503 when too many wait already */
export type CheckPassword = (password: string, stored: string) => Promise<boolean>;

/**
 * A look takes a tenth of a second of a processor and one of the four threads that Node has, which files are read with, too. So
 * only two are looked at at once, and a person who would wait long is asked to come back. @param verify what takes the time
 */
export function createPasswordCheck(verify: CheckPassword = verifyPassword): CheckPassword {
  let atWork = 0;
  const waiting: (() => void)[] = [];
  return async (password, stored) => {
    if (atWork >= AT_WORK_MAX) {
      if (waiting.length >= WAITING_MAX)
        throw unavailable("Very many people are signing in. Try again in a moment.", { retryAfterS: RETRY_AFTER_S });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else atWork += 1;
    try {
      return await verify(password, stored);
    } finally {
      // The one that waits longest takes over the place.
      const next = waiting.shift();
      if (next) next();
      else atWork -= 1;
    }
  };
}
