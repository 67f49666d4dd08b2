// The people who are signed in. Sessions live in this process: a restart signs people out, and nothing that could be stolen is
// stored: only the hash of a session's token is kept, and it ends with the person's password, role or idleness. The cookie
// that holds the token is out of reach of scripts and of other sites, and bound to TLS where there is TLS.
import { createHash, randomBytes } from "node:crypto";
import type { BoardUser } from "@inventory-sync/runtime";
import { parseCookie } from "cookie";
import type { Request, Response } from "express";

/** When sessions end. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly countMax: number;
}

/** Two hours without a request, twelve hours in all. */
const SESSION_LIMITS: SessionLimits = { idleMs: 2 * 3_600_000, absoluteMs: 12 * 3_600_000, countMax: 10_000 };

const TOKEN_BYTES = 32;

/** The people who are signed in. */
export type Sessions = ReturnType<typeof createSessions>;

/** Keeps sessions in memory. @param now milliseconds of a clock that never goes back */
export function createSessions(limits: SessionLimits = SESSION_LIMITS, now: () => number = () => performance.now()) {
  const sessions = new Map<
    string,
    Pick<BoardUser, "name" | "passwordHash"> & { readonly beganAtMs: number; seenAtMs: number }
  >();
  return {
    /** Begins a session with a new token. */
    begin(user: BoardUser): string {
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      const { name, passwordHash } = user;
      sessions.set(hashed(token), { name, passwordHash, beganAtMs: now(), seenAtMs: now() });
      // A map keeps its order, so the first one is the oldest.
      const oldest = sessions.keys().next().value;
      if (sessions.size > limits.countMax && oldest !== undefined) sessions.delete(oldest);
      return token;
    },
    /** The person to whom this token belongs, if its session is still alive and the password is still the same. */
    find(token: string, findUser: (name: string) => BoardUser | undefined): BoardUser | undefined {
      const key = hashed(token);
      const session = sessions.get(key);
      if (!session) return undefined;
      const isOver = now() - session.beganAtMs > limits.absoluteMs || now() - session.seenAtMs > limits.idleMs;
      const user = findUser(session.name);
      if (isOver || user?.passwordHash !== session.passwordHash) {
        sessions.delete(key);
        return undefined;
      }
      session.seenAtMs = now();
      return user;
    },
    end(token: string): void {
      sessions.delete(hashed(token));
    },
  };
}

function hashed(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Behind TLS the name itself makes browsers insist on Secure, on this host and on the whole path. */
function cookieName({ secure }: Request): string {
  return secure ? "__Host-board_session" : "board_session";
}

/** One cookie of a request, decoded; undefined when it is not there. */
export function readCookie(request: Request, name: string): string | undefined {
  return parseCookie(request.get("cookie") ?? "")[name];
}

/** The token that the request's cookie holds, if any. */
export function readSessionCookie(request: Request): string | undefined {
  const token = readCookie(request, cookieName(request));
  return token !== undefined && /^[A-Za-z0-9_-]{20,128}$/.test(token) ? token : undefined;
}

/** Hands the token to the browser; it goes when the browser is closed. */
export function writeSessionCookie(request: Request, response: Response, token: string): void {
  response.cookie(cookieName(request), token, cookieOptions(request));
}

/** Takes the token away. */
export function clearSessionCookie(request: Request, response: Response): void {
  response.clearCookie(cookieName(request), cookieOptions(request));
}

function cookieOptions({ secure }: Request) {
  return { httpOnly: true, sameSite: "strict", secure, path: "/" } as const;
}
