// How refusals leave: what a handler threw, and what Node could not even read as HTTP, in one form (problem.ts).
import type { Server } from "node:http";
import { type Logger, whyNotPlain } from "@inventory-sync/runtime";
import type { ErrorRequestHandler, Request, RequestHandler } from "express";
import type { Timeouts } from "./config.ts";
import { Problem, problemBody, problemKinds, sendProblem } from "./problem.ts";

const THROWN_AWAY_AT_ONCE_BYTES_MAX = 64 * 1024;
const THROWN_AWAY_AFTER_MS = 1_000;

/** Answers whatever a handler threw. What is no Problem is our fault: it is logged, and the client learns no detail. */
export function refuse(log: Logger): ErrorRequestHandler {
  // Express knows a handler of errors by its four parameters.
  return (error: unknown, request, response, _next) => {
    const problem = problemOf(error, request, log);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (!request.complete) throwAwayBody(request);
    // Whoever waits to be asked for the body is not asked, and what it sends next is not to be taken for that body.
    if (!request.complete && request.headers.expect !== undefined) response.set("connection", "close");
    sendProblem(response, problem);
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

function problemOf(error: unknown, request: Request, log: Logger): Problem {
  if (error instanceof Problem) return error;
  log.error({ err: error, method: request.method, path: request.path }, "a request failed");
  return new Problem(
    "internal",
    "The request failed here, and the log says why. It may be sent again with the same event ids.",
  );
}

/** What a proxy in front may read otherwise than we do is refused before anything of it counts, and its connection closed. */
export const refuseOddRequests: RequestHandler = (request, response, next) => {
  const odd = whyNotPlain(request);
  if (odd === undefined) {
    next();
    return;
  }
  response.set("connection", "close");
  throw new Problem(odd.status === 501 ? "not-implemented" : "bad-request", odd.detail);
};

/** What Node cannot even read as HTTP is refused in the same form. */
export function refuseUnreadable(server: Server, timeouts: Timeouts): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const problem = unreadable(error.code, timeouts);
    const { status, title } = problemKinds[problem.kind];
    const body = `${JSON.stringify(problemBody(problem))}\n`;
    const head = [
      `HTTP/1.1 ${status} ${title}`,
      "Connection: close",
      "Content-Type: application/problem+json",
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}

/** An `Expect` other than `100-continue`, the only one that HTTP knows. */
export function refuseExpectations(server: Server): void {
  server.on("checkExpectation", (_request, response) => {
    const problem = new Problem("expectation", "Leave out the header Expect, or send Expect: 100-continue.");
    const headers = { "content-type": "application/problem+json", connection: "close" };
    response.writeHead(problemKinds[problem.kind].status, headers).end(`${JSON.stringify(problemBody(problem))}\n`);
  });
}

function unreadable(code: string | undefined, { headersMs, requestMs }: Timeouts): Problem {
  if (code === "HPE_HEADER_OVERFLOW") return new Problem("headers-too-large", "The headers are larger than 16 KiB.");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new Problem(
      "timeout",
      `The request did not arrive in time: its headers within ${headersMs / 1000} s, all of it within ${requestMs / 1000} s. Nothing was accepted.`,
    );
  }
  return new Problem("bad-request", "The request is not HTTP that can be read.");
}
