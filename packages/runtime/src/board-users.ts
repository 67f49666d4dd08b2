/** Who may sign in at the board: the users file. The board reads it; `npm start` and the operator's command line write it. */
import { z } from "zod";
import { isPasswordHash } from "./passwords.ts";

/** `viewer` reads, `operator` also acts. */
export const boardRoles = ["viewer", "operator"] as const;

/** What a person may do. */
export type BoardRole = (typeof boardRoles)[number];

/** The users file: `[{name, role, passwordHash}]`. */
export const boardUsersFile = z.array(
  z.strictObject({
    name: z.string().min(1).max(128),
    role: z.enum(boardRoles),
    passwordHash: z.string().refine(isPasswordHash, "must be a hash as scrypt$N$r$p$salt$hash"),
  }),
);

/** A person who may sign in. */
export type BoardUser = z.infer<typeof boardUsersFile>[number];
