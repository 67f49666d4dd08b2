// From a schema's issues to faults that an integration engineer can act on: each at its own place, in words.
import type { z } from "zod";
import type { Fault } from "./problem.ts";

/**
 * Lists what a schema found wrong.
 * @param at where the checked value stands in the body
 * @param value the checked value: a missing field reads otherwise than a wrong one
 */
export function faultsOf(error: z.ZodError, value: unknown, at: readonly (string | number)[]): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = [...at, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: [...path, key],
        detail: "is not a known field; remove it or mend its name",
      }));
    }
    return [{ path, detail: detailOf(issue, valueAt(value, issue.path)) }];
  });
}

function detailOf(issue: z.core.$ZodIssue, found: unknown): string {
  if (found === undefined) return `is missing; it ${ownWords(issue)}`;
  if (typeof found === "bigint") return `the number ${found} cannot be kept exactly; ${ownWords(issue)}`;
  return ownWords(issue);
}

/** The schemas say in their messages what is wanted; zod's own message is brought into the same form. */
function ownWords(issue: z.core.$ZodIssue): string {
  const words = issue.message.replace(/^Invalid input: expected (\w+), received .*$/, "must be of type $1");
  return words.replace(/^Too big: expected string to have <=(\d+) characters$/, "must have at most $1 characters");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}
