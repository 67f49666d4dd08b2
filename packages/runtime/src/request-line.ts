/** What an HTTP server of ours takes as a request before it looks for a handler: one spelling of each address, one host, one framing. */
import type { IncomingMessage } from "node:http";

/**
 * What is wrong with the request line or the framing of a request, in words for its sender; undefined when nothing is.
 * A router reads the path out of an absolute address or drops what follows `#`, so a proxy that allows or counts by the
 * text of the address would judge another address than the one that is answered.
 *
 * A server that is created with `requireHostHeader: false` has the missing host refused here too, in its own form.
 */
export function requestLineFault(
  request: Pick<IncomingMessage, "url" | "httpVersionMajor" | "httpVersion" | "headers" | "rawHeaders">,
): string | undefined {
  const target = request.url ?? "";
  if (request.httpVersionMajor < 1) return `HTTP/${request.httpVersion} is not spoken here; send HTTP/1.1.`;
  if (!target.startsWith("/")) return 'The address of a request must begin with "/".';
  if (target.includes("#")) return 'The address of a request must not contain "#".';
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts > 1) return "The request has more than one Host header; send one.";
  if (hosts === 0 && request.httpVersion !== "1.0") return "The request has no Host header; send one.";
  const encoding = request.headers["transfer-encoding"];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "chunked") {
    return "Transfer-Encoding must be chunked and nothing else.";
  }
  return undefined;
}
