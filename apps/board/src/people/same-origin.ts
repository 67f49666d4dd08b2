// Writes come from our own pages or from machines, never from another site that somebody has open beside the board.
import type { NextFunction, Request, Response } from "express";
import { Problem } from "../problem.ts";
import { identityOf } from "./identity.ts";

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
  if (mustBeJson && !isJson(request)) {
    throw new Problem("unsupported-type", "Send this with Content-Type: application/json.");
  }
  next();
}

function isJson(request: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(request.get("content-type") ?? "");
}

function hasBody(request: Request): boolean {
  return request.get("transfer-encoding") !== undefined || Number(request.get("content-length") ?? 0) > 0;
}
