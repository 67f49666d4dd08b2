/**
 * What went wrong, as a text for people: of an error, of a text that is no JSON, of a value that does not have the shape that a schema asks
 * for, of a configuration. Loads nothing, so that what refuses an address need not load what reads settings.
 */
import type { z } from "zod";

/** What an error says; one without a message (a refused connection) its code or name, one of several addresses what each says. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  const { code } = error as { code?: unknown };
  return error.message.trim() || String(code ?? error.name);
}

/** Where a fault is, as the names and numbers that lead there from the whole value. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a value. */
export interface ShapeFault {
  readonly path: Path;
  /** What to do about it, to be read after the name of the place: "must be of type string". */
  readonly detail: string;
}

/**
 * Lists what a schema found wrong, in words.
 * @param value the checked value: a missing field reads otherwise than a wrong one
 * @param at where that value is in the whole
 */
export function shapeFaults(error: z.ZodError, value: unknown, at: Path = []): ShapeFault[] {
  return error.issues.flatMap((issue) => {
    const path = [...at, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
    if (issue.code === "unrecognized_keys") {
      const detail = "is not a known field; remove it or correct its name";
      return issue.keys.map((key) => ({ path: [...path, key], detail }));
    }
    return [{ path, detail: detailOf(issue, valueAt(value, issue.path)) }];
  });
}

/** The same in one line: "/names/0 must be of type string; /more is not a known field; …". */
export function shapeFaultText(error: z.ZodError, value: unknown): string {
  return shapeFaults(error, value)
    .map(({ path, detail }) => `${jsonPointer(path)} ${detail}`.trim())
    .join("; ");
}

/** A path as a JSON pointer (RFC 6901): "" is the whole value, "/3/lines/0/quantity" a field of the fourth event. */
export function jsonPointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function detailOf(issue: z.core.$ZodIssue, found: unknown): string {
  // Our schemas say in their messages what is wanted; zod's own messages are brought into the same form.
  const wanted = issue.message
    .replace(/^Invalid input: expected (\w+), received .*$/, "must be of type $1")
    .replace(/^Too big: expected string to have <=(\d+) characters$/, "must have at most $1 characters");
  if (found === undefined) return `is missing; it ${wanted}`;
  if (typeof found === "bigint") return `the number ${found} cannot be kept exactly; ${wanted}`;
  return wanted;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

/** V8 quotes some twenty characters around the place in some of its messages, and tells the place in others. */
const AFTER_QUOTED = " is not valid JSON";
const BEFORE_QUOTED: readonly string[] = [', "', ', ..."'];
const BEFORE_PLACE = " in JSON at position ";

/**
 * Says what is wrong with a text that JSON.parse refused, and on which line, without a character of its content: files hold secrets, and
 * faults are shown and logged.
 */
export function jsonFault(content: string, { message }: SyntaxError): string {
  const quoted = quotedIn(message);
  const [says = "", place] = message.split(BEFORE_PLACE);
  const at = place === undefined ? middleOf(content, quoted) : Number.parseInt(place, 10);
  const line = at === undefined ? "" : ` on line ${content.slice(0, at).split("\n").length}`;
  if (quoted !== undefined)
    return `something stands${line} that does not belong there; a quote or a comma may be missing`;
  return `${says}${line}`;
}

/** What a message quotes of the text. */
function quotedIn(message: string): string | undefined {
  if (!message.endsWith(AFTER_QUOTED)) return undefined;
  const starts = BEFORE_QUOTED.map((before) => [message.indexOf(before), before.length] as const).filter(
    ([at]) => at >= 0,
  );
  const [at, length] = starts.toSorted(([one], [other]) => one - other)[0] ?? [-1, 0];
  const end = message.lastIndexOf('"');
  return at < 0 || end < at + length ? undefined : message.slice(at + length, end);
}

/** The place that a quotation is about; undefined where it cannot be told. */
function middleOf(content: string, quoted: string | undefined): number | undefined {
  const from = quoted === undefined ? -1 : content.indexOf(quoted);
  if (quoted === undefined || from < 0 || from !== content.lastIndexOf(quoted)) return undefined;
  return quoted.length === content.length ? undefined : from + Math.floor(quoted.length / 2);
}

/** The configuration is wrong. The message is complete and meant for people: it names every fault, never a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    super(`The configuration has ${count}:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}
