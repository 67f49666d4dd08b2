// From whatever a handler threw to a refusal that whoever asked can act on. What nobody outside can act on is logged with
// its stack and answered without it.
import { isOutage, isTransient } from "@inventory-sync/db";
import { QueueUnavailable } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { SftpFailure } from "@inventory-sync/sftp";
import { Problem } from "./problem.ts";

const RETRY_AFTER_S = "5";

const DATABASE_GONE_CODES: ReadonlySet<unknown> = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EPIPE"],
  ...["P1001", "P1002", "P1008", "P1017", "P2024"],
]);
const DATABASE_GONE_TEXT =
  /timeout exceeded when trying to connect|connection terminated|can't reach database|server has closed/i;

/** The refusal that an error comes to. */
export function problemOf(error: unknown, log: Logger): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof QueueUnavailable) {
    const headers = { "retry-after": String(error.retryAfterS) };
    return new Problem("unavailable", `The queue cannot take this now: ${error.message}.`, { headers });
  }
  if (error instanceof SftpFailure)
    return new Problem("unavailable", error.message, { headers: { "retry-after": RETRY_AFTER_S } });
  const parsing = bodyProblem(error);
  if (parsing) return parsing;
  log.error({ err: error }, "a request failed");
  if (isDatabaseGone(error)) {
    const detail =
      "The database cannot be reached at the moment. Try again; if it lasts, look at its server and DATABASE_URL.";
    return new Problem("unavailable", detail, { headers: { "retry-after": RETRY_AFTER_S } });
  }
  return new Problem(
    "internal",
    "The board could not do this. Its log has the reason, under the time of this request.",
  );
}

function isDatabaseGone(error: unknown): boolean {
  const { code, message = "" } = error as { code?: unknown; message?: string };
  return (
    isOutage(error) || isTransient(error) || DATABASE_GONE_CODES.has(code) || DATABASE_GONE_TEXT.test(String(message))
  );
}

/** What Express and its body parsers throw: they carry the status of a refusal. */
function bodyProblem(error: unknown): Problem | undefined {
  const { status, type, message = "" } = error as { status?: number; type?: string; message?: string };
  if (error instanceof URIError || message.startsWith("Failed to decode param")) {
    return new Problem(
      "bad-request",
      "The address holds a percent sign that encodes nothing; write a percent sign as %25.",
    );
  }
  if (type === "entity.parse.failed") return new Problem("bad-request", "The body is not JSON.");
  if (type === "entity.too.large")
    return new Problem("too-large", "The body is larger than anything this address takes.");
  if (status === 415) return new Problem("unsupported-type", "Send JSON in UTF-8, not compressed.");
  if (status !== undefined && status >= 400 && status < 500)
    return new Problem("bad-request", "The request cannot be read.");
  return undefined;
}
