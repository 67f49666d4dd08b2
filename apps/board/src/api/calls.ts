// What the calls of the API have in common: a read answers with JSON; a write is noted in the audit log, done, and then answered.
import type { Request } from "express";
import type { z } from "zod";
import { readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";

interface Call extends Pick<Endpoint, "path" | "summary" | "query"> {
  /** The answer where it succeeds; its `status` is 200 where it has none. */
  readonly answer: { readonly status?: number; readonly description: string; readonly schema: z.ZodType };
  /** What a status that refuses means here. */
  readonly refusals?: Readonly<Record<number, string>>;
}

interface Read extends Call, Partial<Pick<Endpoint, "access">> {
  read(parts: Parts, request: Request): Promise<object> | object;
}

/** A call that answers with what `read` returns. @param call its `access` is viewer where it has none */
export function apiRead({ read, answer, refusals, ...call }: Read): Endpoint {
  return {
    access: "viewer",
    ...call,
    method: "get",
    answers: answersOf(answer, refusals),
    async handle(parts, request, response) {
      response.json(await read(parts, request));
    },
  };
}

/** What is asked: the request, and its body as its schema has it. */
interface Asked<Body> {
  readonly request: Request;
  readonly body: Body;
}

interface Write<Body> extends Call {
  readonly body?: z.ZodType<Body>;
  /** What it is called in the audit log, and to what it is done. */
  readonly what: string | ((body: Body) => string);
  target(asked: Asked<Body>): string;
  /** Does it. Returns the answer, how it ended as the audit log says it, and where there is more to see. @param who the caller's name */
  act(
    parts: Parts,
    asked: Asked<Body> & { readonly who: string },
  ): Promise<{ readonly answer: object; readonly outcome: string; readonly location?: string }>;
}

/** A call of operators that does something. */
export function apiWrite<Body = unknown>({ what, target, act, answer, refusals, ...call }: Write<Body>): Endpoint {
  const bodyOf = (request: Request) => (call.body ? readBody(request, call.body) : (undefined as Body));
  return {
    ...call,
    method: "post",
    access: "operator",
    audit: (request) => ({
      what: typeof what === "string" ? what : what(bodyOf(request)),
      target: target({ request, body: bodyOf(request) }),
    }),
    answers: answersOf(answer, refusals),
    async handle(parts, request, response) {
      const asked = { request, body: bodyOf(request), who: identityOf(response).name };
      const done = await act(parts, asked);
      sayOutcome(response, done.outcome);
      if (done.location !== undefined) response.set("location", done.location);
      response.status(answer.status ?? 200).json(done.answer);
    },
  };
}

function answersOf({ status = 200, ...answer }: Call["answer"], refusals: Call["refusals"] = {}): Endpoint["answers"] {
  const refused = Object.entries(refusals).map(([code, description]) => [code, { description }]);
  return { [status]: answer, ...Object.fromEntries(refused) };
}
