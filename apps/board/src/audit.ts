// The audit log of the board: each write is noted in the database before it is carried out, and once more with how it ended
// before it is answered. While the database cannot take that note the write is refused, so none goes by unnoticed, not even
// one that only needs the queue. Signing in is no write: people must be able to look at a board whose database is down,
// so then the log line is what remains.
import { isOutage, isTransient } from "@inventory-sync/db";
import { beginAction, endAction, type OperatorAction, recordAction } from "@inventory-sync/operator";
import { type Logger, withinMs } from "@inventory-sync/runtime";
import type { Request, RequestHandler, Response } from "express";
import type { Act } from "./endpoint.ts";
import type { Parts } from "./parts.ts";
import { type Identity, isRead } from "./people/identity.ts";
import { type Problem, unavailable } from "./problem.ts";
import { noteWritten } from "./reads.ts";

const NOT_NOTED =
  "The audit log cannot be written, because the database does not answer; nothing was done. Try again; if it lasts, look at the database's server and DATABASE_URL.";
/** How long a sign-in, or an answer whose write is over, waits for its note. */
const NOTE_MS_MAX = 2_000;

/** Writes one line to the log for each write once its answer was sent or its connection cut; Bull Board's writes included. */
export function logWrites(log: Logger): RequestHandler {
  return (request, response, next) => {
    if (!isRead(request.method)) {
      response.once("close", () => {
        const { name = null, role = null, by = null } = (response.locals.identity ?? {}) as Partial<Identity>;
        const status = response.writableFinished ? response.statusCode : null;
        const route = pathOf(request);
        const { method, ip } = request;
        log.info({ audit: true, who: name, role, by, method, route, status, address: ip }, "write");
      });
    }
    next();
  };
}

/** Notes what comes behind it; reads pass. @param describe says what the request does */
export function auditedAs(parts: Parts, describe: (request: Request) => Act): RequestHandler {
  return async (request, response, next) => {
    if (isRead(request.method)) {
      next();
      return;
    }
    const action = actionOf(response, describe(request));
    const begunId = await beginAction(parts.database, action).catch((error: unknown) => {
      throw isOutage(error) || isTransient(error) ? unavailable(NOT_NOTED, { cause: error }) : error;
    });
    response.locals.isAudited = true;
    beforeEnd(response, async () => {
      await note(parts, action, () => endAction(parts.database, begunId, { action, outcome: outcomeOf(response) }));
      await noteWritten(parts, response);
    });
    next();
  };
}

/** Notes what a known caller was refused before it began: no right to it, another site, a body that cannot be read. */
export async function auditRefused(parts: Parts, response: Response, problem: Problem): Promise<void> {
  const request = response.req;
  const isKnown = response.locals.identity !== undefined;
  if (isRead(request.method) || !isKnown || response.locals.isAudited === true) return;
  const what = `${request.method} ${pathOf(request)}`;
  const action = actionOf(response, { what, target: "nothing: it was refused" });
  await note(parts, action, () => recordAction(parts.database, action, refusal(problem)));
}

/** Notes a sign-in or sign-out, granted or refused. @param who the name given or signed in with */
export async function auditSignIn(
  parts: Parts,
  request: Request,
  given: { readonly who: string; readonly role: string | null; readonly what: string; readonly outcome: string },
): Promise<void> {
  const { outcome, ...rest } = given;
  const action: OperatorAction = { ...rest, by: "form", target: "the board", address: request.ip ?? null };
  await note(parts, action, () => recordAction(parts.database, action, outcome));
}

/** Says in the audit log how a write ended, where its status alone would not. */
export function sayOutcome(response: Response, outcome: string): void {
  response.locals.outcome = outcome;
}

/** How a refusal reads in the audit log. */
export function refusal(problem: Problem): string {
  return `refused (${problem.status}): ${problem.message}`;
}

function outcomeOf(response: Response): string {
  const said: unknown = response.locals.outcome;
  if (typeof said === "string") return said;
  return `${response.statusCode < 400 ? "done" : "refused"} (${response.statusCode})`;
}

function actionOf(response: Response, act: Act): OperatorAction {
  const { name, role, by } = response.locals.identity as Identity;
  return { who: name, role, by, address: response.req.ip ?? null, ...act };
}

/** What has happened has happened: a note that cannot be written then is an error in the log, under the same words. */
async function note(parts: Parts, action: OperatorAction, write: () => Promise<void>): Promise<void> {
  try {
    await withinMs(NOTE_MS_MAX, write());
  } catch (error) {
    parts.log.error(
      { err: error, audit: true, ...action },
      "the audit log could not be written; this line stands for it",
    );
  }
}

/** Holds the answer back until the note is written, so that the caller who has the answer finds it in the audit log. */
function beforeEnd(response: Response, work: () => Promise<void>): void {
  const end = response.end.bind(response) as (...given: readonly unknown[]) => Response;
  let isEnding = false;
  response.end = (...given: readonly unknown[]) => {
    if (isEnding) return response;
    isEnding = true;
    void work().finally(() => end(...given));
    return response;
  };
}

function pathOf(request: Request): string {
  return request.originalUrl.split("?")[0] ?? "";
}
