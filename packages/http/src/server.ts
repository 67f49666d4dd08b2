// What an HTTP server refuses of a request before it looks at it: whatever a proxy in front may read otherwise than it does. Node's parser has
// refused most of that already (two lengths, a length and chunks, folded headers). And how a server ends.
import type { IncomingMessage, Server } from "node:http";
import type { RequestHandler } from "express";

/** Why a request is refused: 400 and 501 have their kinds in each server's table of refusals. */
export interface OddRequest {
  readonly kind: "bad-request" | "not-implemented";
  readonly detail: string;
}

/** Refuses odd requests and closes their connections. @param problemOf makes the refusal that is thrown */
export function refuseOddRequests(problemOf: (odd: OddRequest) => Error): RequestHandler {
  return (request, response, next) => {
    const odd = whyOdd(request);
    if (odd !== undefined) {
      response.set("connection", "close");
      throw problemOf(odd);
    }
    next();
  };
}

/**
 * Says why a request cannot be taken as it is framed, or undefined when it is plain: HTTP/1.0 or 1.1, one Host (RFC 9112,
 * section 3.2), a target that is a path, and no transfer coding but chunked. The server must have been made with
 * `requireHostHeader: false`, for Node's own refusal of a missing Host has no body.
 */
function whyOdd({ url = "", rawHeaders, httpVersion, headers }: IncomingMessage): OddRequest | undefined {
  if (!httpVersion.startsWith("1.")) return unreadable(`HTTP/${httpVersion} is not spoken here. Send HTTP/1.1.`);
  if (!url.startsWith("/") || url.includes("#"))
    return unreadable("The address in the request line must be a path that begins with / and has no #.");
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts > 1) return unreadable("The header Host was sent more than once. Send it once.");
  if (hosts === 0 && httpVersion === "1.1") return unreadable("The header Host is missing. HTTP/1.1 needs it.");
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked") {
    const detail = "The only Transfer-Encoding that is taken is chunked. Send the body as it is.";
    return { kind: "not-implemented", detail };
  }
  return undefined;
}

function unreadable(detail: string): OddRequest {
  return { kind: "bad-request", detail };
}

const IDLE_CLOSED_EVERY_MS = 100;

/**
 * Takes no new connection, lets the requests that run finish, and resolves when the last connection is closed.
 * @param cutAfterMs when the connections that are left are cut; by default none is
 */
export async function drain(server: Server, cutAfterMs?: number): Promise<void> {
  // A kept-alive connection that falls idle after the close would hold it up until its own timeout.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CLOSED_EVERY_MS);
  const cut = cutAfterMs === undefined ? undefined : setTimeout(() => server.closeAllConnections(), cutAfterMs);
  await new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  }).finally(() => {
    clearInterval(idle);
    clearTimeout(cut);
  });
}
