// How a failure reads: every failed job's reason begins with its code ("UNKNOWN_PRODUCT: …", "ECONNREFUSED: …"), so that
// causes can be counted by the part before the first colon.

import { messageOf } from "./outage.ts";

const coded = /^[A-Z][A-Z0-9_]*: /;

/** The code of an error: its own (ECONNREFUSED, an SQLSTATE), else its class name in capitals, else FAILED. */
export function codeOf(error: unknown): string {
  const own = coded.exec(messageOf(error))?.[0];
  if (own !== undefined) return own.slice(0, -2);
  if (!(error instanceof Error)) return "FAILED";
  if ("code" in error && typeof error.code === "string" && /^[A-Z0-9_]+$/.test(error.code)) {
    return /^\d/.test(error.code) ? `SQL_${error.code}` : error.code;
  }
  if (error.name === "Error") return "FAILED";
  return error.name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

/** The same error with its code in front of its message; keeps the stack, which only operators see. */
export function withCode(error: unknown): Error {
  const text = messageOf(error) || "no message";
  const message = coded.test(text) ? text : `${codeOf(error)}: ${text}`;
  const failure = new Error(message, { cause: error });
  if (error instanceof Error && error.stack !== undefined) failure.stack = error.stack;
  return failure;
}
