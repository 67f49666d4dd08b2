// Reading a request: path names, pages, times, bodies. Everything wrong is refused in words, nothing is guessed.
import { isKeptId, stampInName } from "@inventory-sync/domain";
import { jsonPointer, shapeFaults } from "@inventory-sync/runtime";
import type { Request } from "express";
import { z } from "zod";
import { type QueryParameter, textQuery } from "./endpoint.ts";
import { Problem } from "./problem.ts";

const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 1_000;

export const limitParameter: QueryParameter = {
  name: "limit",
  description: `Rows at most, 1 to ${LIMIT_MAX}; fewer where more would be over 300 kB: nextCursor is where to go on`,
  schema: { type: "integer", minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT },
};

export const cursorParameter = textQuery("cursor", "nextCursor of the page before; leave it out for the first page");

/** The query parameters of a paged list. */
export const pageParameters: readonly QueryParameter[] = [limitParameter, cursorParameter];

/** A page of a list: `nextCursor` is null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** A name of the path, decoded. */
export function pathName(request: Request, name: string): string {
  const value = request.params[name];
  if (typeof value !== "string") return "";
  if (value.includes("\0")) throw new Problem("not-found", `What stands for ${name} is no id: it has a zero byte.`);
  return value;
}

/** An outside id of the path. What no id can be is not known, so it is a 404 and never reaches the database. */
export function pathId(request: Request, name: string): string {
  const id = pathName(request, name);
  if (!isKeptId(id))
    throw new Problem("not-found", `What stands for ${name} is no id: ids are 1 to 128 printable characters.`);
  return id;
}

/** One query parameter as text, or undefined. */
export function queryText(request: Request, name: string): string | undefined {
  const value = request.query[name];
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw badParameter(name, "stands in the address more than once; send it once");
  if (value.includes("\0")) throw badParameter(name, "has a zero byte (%00); no text here has");
  return value;
}

/** One query parameter that is one of these words, or undefined. @throws Problem 400 when it is another */
export function queryWord<Word extends string>(
  request: Request,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = queryText(request, name);
  const word = words.find((each) => each === text);
  if (text !== undefined && word === undefined)
    throw badParameter(name, `can be ${words.map((each) => `"${each}"`).join(" or ")}`);
  return word;
}

/** limit of a paged list. @param otherwise when none was sent */
export function pageLimit(request: Request, otherwise = LIMIT_DEFAULT): number {
  const text = queryText(request, "limit");
  if (text === undefined) return otherwise;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > LIMIT_MAX) throw badParameter("limit", `must be a whole number from 1 to ${LIMIT_MAX}`);
  return limit;
}

const YEAR_MIN = 1970;
const YEAR_MAX = 9999;

/** A time in a cursor, within what any list of ours has. */
export const cursorTime = z
  .string()
  .pipe(z.coerce.date<string>())
  .refine((time) => time.getUTCFullYear() >= YEAR_MIN && time.getUTCFullYear() <= YEAR_MAX);

/** Makes the cursor that a page ends with. Its content is ours; clients only hand it back. */
export function writeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Reads back a cursor; undefined when none was sent. */
export function readCursor<Place>(request: Request, schema: z.ZodType<Place>): Place | undefined {
  const text = queryText(request, "cursor");
  if (text === undefined) return undefined;
  let place: Place;
  try {
    place = schema.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch {
    throw badCursor();
  }
  if (hasZeroByte(place)) throw badCursor();
  return place;
}

const instant = z.iso.datetime({ offset: true });

/** A time of the query, with a zone. */
export function queryTime(request: Request, name: string): Date | undefined {
  // A plus sign that was not encoded arrives as a blank.
  const text = queryText(request, name)?.replace(" ", "+");
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!instant.safeParse(text).success || Number.isNaN(time.getTime())) {
    throw badParameter(
      name,
      'must be a date and time with a zone, such as "2026-11-23T10:15:00-05:00" or "2026-11-23T15:15:00Z"',
    );
  }
  return time;
}

/** A time with a zone, or one as the browser's own control writes it, in the chosen zone; undefined when none was sent. */
export function askedTime(request: Request, name: string, zone: string): Date | undefined {
  const text = queryText(request, name);
  const local = text === undefined ? null : /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!local) return queryTime(request, name);
  const [, year, month, day, hour, minute, second = "00"] = local;
  const found = stampInName(`${year}${month}${day}-${hour}${minute}${second}`, zone);
  if (!found) throw badParameter(name, "is no date and time that exists");
  return new Date(found.asOf);
}

/** A time as the value of the browser's own control, in a zone (IANA name). */
export function localValue(at: Date, zone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return format.format(at).replace(" ", "T");
}

/** Refuses a cursor that is none of its list, of which the list says so with a RangeError. @throws Problem 400 then, else what was given */
export function refuseCursor(error: unknown): never {
  throw error instanceof RangeError ? badCursor() : error;
}

function badCursor(): Problem {
  return badParameter("cursor", "is not a nextCursor of this list; leave it out to begin anew");
}

/** The refusal of one parameter. */
export function badParameter(parameter: string, detail: string): Problem {
  return new Problem("bad-request", `The parameter ${parameter} ${detail}.`, { faults: [{ parameter, detail }] });
}

/** The body of a request, checked; a request without one counts as `{}`. */
export function readBody<Body>(request: Request, schema: z.ZodType<Body>): Body {
  const result = schema.safeParse(request.body ?? {});
  if (result.success) {
    if (hasZeroByte(result.data))
      throw new Problem("invalid", "The body has a zero byte (\\u0000) in a text; no text here has.");
    return result.data;
  }
  const faults = shapeFaults(result.error, request.body ?? {});
  const words = faults.map(({ path, detail }) => `${jsonPointer(path) || "it"} ${detail}`).join("; ");
  throw new Problem("invalid", `The body has faults: ${words}.`, { faults });
}

/** PostgreSQL keeps none. What was checked by a schema of ours is as shallow as that. */
function hasZeroByte(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\0");
  return typeof value === "object" && value !== null && Object.values(value).some(hasZeroByte);
}

const FIELD_LENGTH_MAX = 1_000;

/** The fields of a form. What is not sent is empty; so are all where one of them is sent twice, or is longer than any that is meant. */
export function readForm<Name extends string>({ body }: Request, ...names: readonly Name[]): Record<Name, string> {
  const field = z.string().max(FIELD_LENGTH_MAX).default("");
  const fields = z.object(Object.fromEntries(names.map((name) => [name, field]))).safeParse(body ?? {}).data;
  return Object.fromEntries(names.map((name) => [name, fields?.[name] ?? ""])) as Record<Name, string>;
}
