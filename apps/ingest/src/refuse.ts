// How refusals leave: what a handler threw, and what Node could not even read as HTTP, in one form (problem.ts).
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { problemText, sendProblem } from "@inventory-sync/http";
import type { Logger } from "@inventory-sync/runtime";
import type { ErrorRequestHandler, Request, Response } from "express";
import { REQUEST_ID_HEADER } from "./calls.ts";
import type { Timeouts } from "./config.ts";
import { Problem } from "./problem.ts";
import { type RequestLog, requestIdOf, routeOf } from "./request-log.ts";

const THROWN_AWAY_AT_ONCE_BYTES_MAX = 64 * 1024;
const THROWN_AWAY_AFTER_MS = 1_000;

/** Answers whatever a handler threw. What is no Problem is our fault: it is logged, and the client learns no detail. */
export function refuse(parts: { readonly log: Logger; readonly requestLog: RequestLog }): ErrorRequestHandler {
  // Express knows a handler of errors by its four parameters.
  return (error: unknown, request, response, _next) => {
    const requestId = requestIdOf(response);
    const problem = problemOf(error, { request, requestId, log: parts.log });
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    parts.requestLog.refused(problem, aboutOf(request, response, requestId));
    if (!request.complete) throwAwayBody(request);
    // A client that waits to be asked for the body is not asked, and what it sends next is not to be taken for that body.
    if (!request.complete && request.headers.expect !== undefined) response.set("connection", "close");
    sendProblem(response, problem, { requestId });
  };
}

function aboutOf(request: Request, response: Response, requestId: string) {
  const { method, socket, headers } = request;
  const client: unknown = response.locals.client;
  const body: unknown = request.body;
  const events: unknown = response.locals.events;
  return {
    ...{ requestId, method, route: routeOf(request), address: socket.remoteAddress },
    client: typeof client === "string" ? client : undefined,
    authorization: headers.authorization,
    events: typeof events === "number" ? events : undefined,
    body: Buffer.isBuffer(body) ? body : undefined,
  };
}

/**
 * The rest of a refused body is read and thrown away, so that a client that is still sending gets to the answer. A large
 * one is left with its sender for a while: reading at full speed what is refused would take the time of the others.
 */
function throwAwayBody(request: Request): void {
  const isSmall =
    Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY) <= THROWN_AWAY_AT_ONCE_BYTES_MAX;
  if (isSmall) {
    request.resume();
    return;
  }
  // Node would begin to throw it away when the answer is sent, unless reading has begun.
  request.read(0);
  setTimeout(() => request.resume(), THROWN_AWAY_AFTER_MS);
}

function problemOf(
  error: unknown,
  { request, requestId, log }: { readonly request: Request; readonly requestId: string; readonly log: Logger },
): Problem {
  if (error instanceof Problem) return error;
  log.error({ err: error, requestId, method: request.method, path: request.path }, "a request failed");
  return new Problem(
    "internal",
    "The request failed here, and the log says why. It may be sent again with the same event ids.",
  );
}

/** What Node cannot even read as HTTP is refused in the same form. */
export function refuseUnreadable(server: Server, timeouts: Timeouts, requestLog: RequestLog): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const problem = unreadable(error.code, timeouts);
    const requestId = noteUnread(requestLog, problem, "remoteAddress" in socket ? socket.remoteAddress : undefined);
    const body = problemText(problem, requestId);
    const head = [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      `${REQUEST_ID_HEADER}: ${requestId}`,
      "Connection: close",
      "Content-Type: application/problem+json",
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}

/** An `Expect` other than `100-continue`, the only one that HTTP knows. */
export function refuseExpectations(server: Server, requestLog: RequestLog): void {
  server.on("checkExpectation", (request, response) => {
    const problem = new Problem("expectation", "Leave out the header Expect, or send Expect: 100-continue.");
    const requestId = noteUnread(requestLog, problem, request.socket.remoteAddress);
    const type = { "content-type": "application/problem+json" };
    response.writeHead(problem.status, { ...type, connection: "close", [REQUEST_ID_HEADER]: requestId });
    response.end(problemText(problem, requestId));
  });
}

/** Notes the refusal of a request that was not read, and gives it an id. */
function noteUnread(requestLog: RequestLog, problem: Problem, address: unknown): string {
  const requestId = randomUUID();
  requestLog.refused(problem, { requestId, method: "", address: typeof address === "string" ? address : undefined });
  return requestId;
}

function unreadable(code: string | undefined, { headersMs, requestMs }: Timeouts): Problem {
  if (code === "HPE_HEADER_OVERFLOW") return new Problem("headers-too-large", "The headers are larger than 16 KiB.");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    const allowed = `its headers within ${headersMs / 1000} s, all of it within ${requestMs / 1000} s`;
    return new Problem("timeout", `The request did not arrive in time: ${allowed}. Nothing was accepted.`);
  }
  return new Problem("bad-request", "The request is not HTTP that can be read.");
}
