// The id of a request: on its answer, in its refusal and in the log, so that client and operator speak of the same one.
import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import { calls, REQUEST_ID_HEADER } from "./calls.ts";

/** What is taken over from a client: it stands in log lines and headers as it is. */
const SANE = /^[\w.:+/=@-]{1,128}$/;

/** Gives a request its id, the client's own where it has a sane one, and sets the header of its answer. */
export function nameRequest(request: Request, response: Response): string {
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && SANE.test(given) ? given : randomUUID();
  response.locals.requestId = id;
  response.setHeader(REQUEST_ID_HEADER, id);
  return id;
}

/** The id that `nameRequest` gave. */
export function requestIdOf(response: Response): string {
  const id: unknown = response.locals.requestId;
  return typeof id === "string" ? id : randomUUID();
}

const paths = new Set<string>(Object.values(calls).map(({ path }) => path));

/** The path of the call that a request is for; undefined for another address. */
export function routeOf(request: Request): string | undefined {
  return paths.has(request.path) ? request.path : undefined;
}
