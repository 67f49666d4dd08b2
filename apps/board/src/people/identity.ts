// Who asks: a person by the session cookie, a machine by the bearer token.
import { createHash, timingSafeEqual } from "node:crypto";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Access } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { Problem } from "../problem.ts";
import { readSessionCookie } from "./cookie.ts";
import type { Role } from "./users.ts";

/** Somebody known. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
  readonly by: "session" | "token";
}

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const MACHINE: Identity = { name: "board token", role: "operator", by: "token" };

/** Who asked; only to be called behind `identify`. */
export function identityOf(response: Response): Identity {
  const identity: unknown = response.locals.identity;
  if (identity === undefined) throw new Error("a route stands in front of the sign-in check");
  return identity as Identity;
}

/** Lets known people and machines pass. Browsers are sent to the sign-in page, everything else gets 401. */
export function identify(parts: Parts): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const identity = knownIdentity(parts, request);
    if (identity) {
      response.locals.identity = identity;
      next();
      return;
    }
    if (isPage(request)) {
      response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
      return;
    }
    next(unauthorized(request));
  };
}

/** Says whether a browser asks for a page, rather than a program for data. */
export function isPage(request: Request): boolean {
  const path = request.originalUrl;
  const isData = path.startsWith("/api/") || path.startsWith("/queues/api/");
  return request.method === "GET" && !isData && (request.get("accept") ?? "").includes("text/html");
}

/** Refuses whoever may not use a route of this access. */
export function demand(access: Access, identity: Identity): void {
  if (access !== "operator" || identity.role === "operator") return;
  throw new Problem("forbidden", `${identity.name} may read here, not act. Ask somebody with the role operator.`);
}

/**
 * Who asks, or undefined when that is nobody known.
 * @throws Problem 401 or 429 when a token was sent and is not the board's: that is a try at guessing it, at whatever address
 */
export function knownIdentity(parts: Parts, request: Request): Identity | undefined {
  const authorization = request.get("authorization");
  // A request that names a token is judged by it alone: a wrong one is not saved by a cookie.
  if (authorization !== undefined) {
    const given = BEARER.exec(authorization)?.[1];
    if (given !== undefined && parts.token !== undefined && isEqual(given, parts.token)) return MACHINE;
    const refusedMs = parts.noteWrongToken(request.ip ?? "");
    throw refusedMs > 0 ? tooManyTokens(refusedMs) : unauthorized(request);
  }
  const cookie = readSessionCookie(request);
  const user = cookie === undefined ? undefined : parts.sessions.find(cookie, (name) => parts.users.find(name));
  return user && { name: user.name, role: user.role, by: "session" };
}

function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function tooManyTokens(refusedMs: number): Problem {
  const detail =
    "Too many wrong tokens came from this address. The right one is taken at any time; wrong ones are not looked at for a while.";
  return new Problem("too-many-requests", detail, { headers: { "retry-after": String(Math.ceil(refusedMs / 1000)) } });
}

function unauthorized(request: Request): Problem {
  const wrong = request.get("authorization") === undefined ? "" : ', error="invalid_token"';
  return new Problem(
    "unauthorized",
    "Sign in at /sign-in, or send the board's token as Authorization: Bearer <token>.",
    {
      headers: { "www-authenticate": `Bearer realm="inventory-sync board"${wrong}` },
    },
  );
}
