// The people who may sign in: BOARD_USERS_FILE, read again whenever it changes, so that somebody who leaves is out at once.
import { readFileSync, statSync } from "node:fs";
import { isPasswordHash, type Logger } from "@inventory-sync/runtime";
import { z } from "zod";

/** `viewer` reads, `operator` also acts. */
const roles = ["viewer", "operator"] as const;

/** What somebody may do. */
export type Role = (typeof roles)[number];

const usersFile = z.array(
  z.strictObject({
    name: z.string().min(1).max(128),
    role: z.enum(roles),
    passwordHash: z.string().refine(isPasswordHash, "must be a hash as scrypt$N$r$p$salt$hash"),
  }),
);

/** Somebody who may sign in. */
export type User = z.infer<typeof usersFile>[number];

/** The people of the users file as it is now. */
export interface Users {
  find(name: string): User | undefined;
}

const LOOK_INTERVAL_MS = 500;

/** Opens the users file; without one nobody signs in. A broken file leaves the people read before in force. */
export function openUsers(file: string | undefined, log: Logger): Users {
  let users: ReadonlyMap<string, User> = new Map();
  let version: string | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  const look = (path: string): void => {
    const now = versionOf(path);
    if (now === version) return;
    version = now;
    try {
      const read = usersFile.parse(JSON.parse(readFileSync(path, "utf8")));
      users = new Map(read.map((user) => [user.name, user]));
      log.info({ file: path, users: users.size }, "users file read");
    } catch (error) {
      const fault = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      log.error({ file: path, fault }, "the users file cannot be used: the people read before stay in force");
    }
  };
  return {
    find(name) {
      if (file !== undefined && performance.now() - lookedAtMs > LOOK_INTERVAL_MS) {
        lookedAtMs = performance.now();
        look(file);
      }
      return users.get(name);
    },
  };
}

function versionOf(file: string): string {
  try {
    const { mtimeNs, ctimeNs, size, ino } = statSync(file, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(" ");
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}
