// What the HTTP servers refuse of a request before they look at it: whatever a proxy in front may read otherwise than they do.
// Node's parser has refused most of that already (two lengths, a length and chunks, folded headers).
import type { IncomingMessage } from "node:http";

/** Why a request is refused, in words, with the status that says so. */
export interface NotPlain {
  readonly status: 400 | 501;
  readonly detail: string;
}

/**
 * Says why a request cannot be taken as it is framed, or undefined when it is plain: HTTP/1.0 or 1.1, one Host (RFC 9112,
 * section 3.2), a target that is a path, and no transfer coding but chunked. The server must have been made with
 * `requireHostHeader: false`, for Node's own refusal of a missing Host has no body.
 */
export function whyNotPlain(
  request: Pick<IncomingMessage, "url" | "rawHeaders" | "httpVersion" | "headers">,
): NotPlain | undefined {
  const { url = "", rawHeaders, httpVersion, headers } = request;
  if (!httpVersion.startsWith("1.")) return refused(`HTTP/${httpVersion} is not spoken here. Send HTTP/1.1.`);
  if (!url.startsWith("/") || url.includes("#"))
    return refused("The address in the request line must be a path that begins with / and has no #.");
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts > 1) return refused("The header Host was sent more than once. Send it once.");
  if (hosts === 0 && httpVersion === "1.1") return refused("The header Host is missing. HTTP/1.1 needs it.");
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked")
    return { status: 501, detail: "The only Transfer-Encoding that is taken is chunked. Send the body as it is." };
  return undefined;
}

function refused(detail: string): NotPlain {
  return { status: 400, detail };
}
