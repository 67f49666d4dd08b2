// The caller: a person by the session cookie, a machine by the bearer token. Writes come from our own pages or from machines,
// never from another site that a person has open beside the board.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Client } from "@inventory-sync/domain";
import type { BoardRole } from "@inventory-sync/runtime";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Access } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { Problem, unavailable } from "../problem.ts";
import { readSessionCookie } from "./sessions.ts";

/** A known caller. */
export interface Identity {
  readonly name: string;
  readonly role: BoardRole;
  readonly by: "session" | "token";
}

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const MACHINE: Identity = { name: "board token", role: "operator", by: "token" };

/** The caller; only to be called behind `identify`. */
export function identityOf(response: Response): Identity {
  const identity: unknown = response.locals.identity;
  if (identity === undefined) throw new Error("a route stands in front of the sign-in check");
  return identity as Identity;
}

/** Lets known people and machines pass. Browsers are sent to the sign-in page, everything else gets 401. */
export function identify(parts: Parts): RequestHandler {
  return (request, response, next) => {
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
  const isData = ["/api/", "/queues/api/", "/v1/"].some((start) => path.startsWith(start));
  return request.method === "GET" && !isData && (request.get("accept") ?? "").includes("text/html");
}

/** Refuses a caller who may not use a route of this access. @throws Problem 403 */
export function demand(access: Access, identity: Identity): void {
  if (access !== "operator" || identity.role === "operator") return;
  throw new Problem("forbidden", `${identity.name} may read here, not act. Ask an operator.`);
}

/**
 * The caller, or undefined when it is not known.
 * @throws Problem 401 or 429 when a token was sent and is not the board's: that is a try at guessing it, at whatever address
 */
export function knownIdentity(parts: Parts, request: Request): Identity | undefined {
  const authorization = request.get("authorization");
  // A request that names a token is judged by it alone: a wrong one is not saved by a cookie.
  if (authorization !== undefined) {
    const given = BEARER.exec(authorization)?.[1];
    if (given !== undefined && parts.token !== undefined && isEqual(given, parts.token)) return MACHINE;
    throw wrongToken(parts, request, unauthorized(request));
  }
  const cookie = readSessionCookie(request);
  const user = cookie === undefined ? undefined : parts.sessions.find(cookie, (name) => parts.users.find(name));
  return user && { name: user.name, role: user.role, by: "session" };
}

/**
 * The client of ingest whose key a request carries.
 * @throws Problem 401 or 429 when it carries none or another one, 503 when the board does not know the clients
 */
export function knownClient(parts: Parts, request: Request): Client {
  if (parts.clients === undefined)
    throw unavailable("This board was not told who the clients are. Ask its operator to set INGEST_CLIENTS_FILE.");
  const key = BEARER.exec(request.get("authorization") ?? "")?.[1];
  const headers = { "www-authenticate": 'Bearer realm="inventory-sync"' };
  const detail = "Send the key with which you send events to ingest, in the header Authorization: Bearer <key>.";
  const problem = new Problem("unauthorized", detail, { headers });
  if (key === undefined) throw problem;
  const client = parts.clients.find(key);
  if (client === undefined) throw wrongToken(parts, request, problem);
  return client;
}

/** Answers a question of a client among the few that are answered at once. @throws Problem 429 when there are too many, and what `answer` throws */
export async function askedByClient<T>({ clients }: Parts, client: string, answer: () => Promise<T>): Promise<T> {
  const leave = clients?.enter(client);
  if (leave === undefined)
    throw new Problem("too-many-requests", "Too many questions at once. Ask one after the other.", { retryAfterS: 1 });
  try {
    return await answer();
  } finally {
    leave();
  }
}

/** Notes a wrong token or key, which may be a try at guessing it. */
function wrongToken(parts: Parts, request: Request, refusal: Problem): Problem {
  const refusedMs = parts.noteWrongToken(request.ip ?? "");
  if (refusedMs <= 0) return refusal;
  const detail =
    "Too many wrong tokens came from this address. The right one is taken at any time; wrong ones are not looked at for a while.";
  return new Problem("too-many-requests", detail, { retryAfterS: Math.ceil(refusedMs / 1000) });
}

function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function unauthorized(request: Request): Problem {
  const wrong = request.get("authorization") === undefined ? "" : ', error="invalid_token"';
  const headers = { "www-authenticate": `Bearer realm="inventory-sync board"${wrong}` };
  const detail = "Sign in at /sign-in, or send the board's token as Authorization: Bearer <token>.";
  return new Problem("unauthorized", detail, { headers });
}

/** Says whether a method only reads. */
export function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/** Refuses a request that a browser says another site began. */
export function refuseOtherSites(request: Request): void {
  const site = request.get("sec-fetch-site");
  const origin = request.get("origin");
  const isOther = site !== undefined && site !== "same-origin" && site !== "none";
  if (
    isOther ||
    (origin !== undefined && hostOf(origin) !== request.get("host")?.toLowerCase() && hostOf(origin) !== request.host)
  ) {
    throw new Problem(
      "forbidden",
      "This request came from another site, so it was not carried out. Act from the board's own pages.",
    );
  }
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** A path of this board, or "/": never an address elsewhere. */
export function localPath(next: string): string {
  return /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) && !next.startsWith("/sign-") ? next : "/";
}

/**
 * Guards every write behind the sign-in. Of people: begun on our own pages, and a POST must be JSON, which no other site
 * can send unasked. Of machines: the token is proof enough, but what has a body must be JSON all the same.
 */
export function guardWrites(request: Request, response: Response, next: NextFunction): void {
  if (isRead(request.method)) {
    next();
    return;
  }
  const isPerson = identityOf(response).by === "session";
  if (isPerson) refuseOtherSites(request);
  const mustBeJson =
    hasBody(request) || (request.method === "POST" && (isPerson || request.originalUrl.startsWith("/queues")));
  if (mustBeJson && !isJson(request) && !isFile(request)) {
    throw new Problem("unsupported-type", "Send this with Content-Type: application/json.");
  }
  next();
}

function isJson(request: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(request.get("content-type") ?? "");
}

/** What is put into incoming/ is bytes, which no other site can send unasked either. */
function isFile(request: Request): boolean {
  return request.path.startsWith("/api/incoming/") && request.get("content-type") === "application/octet-stream";
}

function hasBody(request: Request): boolean {
  return request.get("transfer-encoding") !== undefined || Number(request.get("content-length") ?? 0) > 0;
}
