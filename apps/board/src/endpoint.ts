// One route of the board with everything that is known about it: Express and the OpenAPI document are both made from this,
// so that a route cannot exist without being documented.
import type { Request, Response } from "express";
import type { z } from "zod";
import type { Parts } from "./parts.ts";

/** Who may use a route: `anyone` needs no sign-in, `viewer` reads, `operator` also acts. */
export type Access = "anyone" | "viewer" | "operator";

/** A parameter of the query. Those of the path are found in the path itself. */
export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** One answer of a route. Without a schema `type` says what comes. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly type?: string;
}

/** A route: method and path, with `{name}` for path parameters as OpenAPI writes them. */
export interface Endpoint {
  readonly method: "get" | "post";
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly query?: readonly QueryParameter[];
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, Answer>>;
  /** What a write is called in the audit log, and to what it is done. Every write behind the sign-in has it. */
  readonly audit?: { readonly what: string; target(request: Request): string };
  /** Sends the answer, or throws a Problem. */
  handle(parts: Parts, request: Request, response: Response): Promise<void> | void;
}

/** The path as Express matches it. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

/** The names in a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}
