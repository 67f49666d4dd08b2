// How Bull Board shows a job: a name that people read, and its payload without what nobody needs to see there. Jobs of ours
// carry neither secrets nor customers; one that was added by hand, or comes from an older version, may.
import { maskUrlsIn } from "@inventory-sync/runtime";

const RUN_NAME = /^reset run (\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})\[([^\]]+)\]$/;
const HIDDEN = "(hidden)";
const PRIVATE_NAME =
  /pass(word|phrase|wd)|secret|token|authorization|cookie|credential|(api|private|ingest|access)[_-]?key|customer|e-?mail|phone|address|birth|card|iban|first_?name|last_?name/i;

/** `reset 2026-11-23 04:00 America/New_York` for a scheduled run; other names read well as they are. */
export function shownName({ name = "" }: { readonly name?: string }): string {
  return name.replace(RUN_NAME, "reset $1 $2 $3");
}

/** What a job carries or returned, with what stands under a private name hidden, and passwords in URLs. */
export function shownPayload(value: unknown): unknown {
  if (typeof value === "string") return maskUrlsIn(value);
  if (Array.isArray(value)) return value.map(shownPayload);
  if (value === null || typeof value !== "object") return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    PRIVATE_NAME.test(name) && field !== null ? HIDDEN : shownPayload(field),
  ]);
  return Object.fromEntries(fields);
}
