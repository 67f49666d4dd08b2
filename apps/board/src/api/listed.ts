// Lists over HTTP: each is read a page at a time as JSON, or whole as CSV for a spreadsheet, from one reading.
import { pipeline } from "node:stream/promises";
import { csvLine, type ResetList } from "@inventory-sync/operator";
import type { Request, Response } from "express";
import { z } from "zod";
import { LIMIT_MAX, pageLimit, pageOf, pageParameters, readCursor, writeCursor } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";

/** What a list has of its own: for viewers where no `access` says otherwise; `query` is what else may be asked for, besides a page. */
interface Listed<Item> extends Pick<Endpoint, "path" | "summary" | "query">, Partial<Pick<Endpoint, "access">> {
  readonly item: Item;
}

/** A list: what it is of, and how a page of it is read. */
interface List<Item extends z.ZodObject, Place> extends Listed<Item> {
  /** What `nextCursor` holds. */
  readonly place: z.ZodType<Place>;
  read(
    parts: Parts,
    request: Request,
    page: { readonly after: Place | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly z.infer<Item>[]; readonly next: Place | undefined }>;
}

/** An answer is no larger, however many rows are asked for. */
const ANSWER_BYTES_MAX = 300_000;
/** Rows are not all of one length. */
const SHARE_OF_BYTES = 0.9;

/** Answers with what `read` makes of so many rows, or of as many as fit. @param read says how many rows it found */
export async function sendFitting(
  response: Response,
  limit: number,
  read: (limit: number) => Promise<{ readonly rows: number; readonly page: object }>,
): Promise<void> {
  let { rows, page } = await read(limit);
  let text = JSON.stringify(page);
  for (let bytes = Buffer.byteLength(text); bytes > ANSWER_BYTES_MAX && rows > 1; bytes = Buffer.byteLength(text)) {
    ({ rows, page } = await read(Math.max(1, Math.floor((rows * SHARE_OF_BYTES * ANSWER_BYTES_MAX) / bytes))));
    text = JSON.stringify(page);
  }
  response.type("json").send(text);
}

/** The two routes of a list: `path` answers a page of it as JSON, `path.csv` all of it as CSV. */
export function listed<Item extends z.ZodObject, Place>({
  item,
  place,
  read,
  ...call
}: List<Item, Place>): readonly [Endpoint, Endpoint] {
  async function* pages(parts: Parts, request: Request) {
    let after: Place | undefined;
    do {
      const { items, next } = await read(parts, request, { after, limit: LIMIT_MAX });
      yield items;
      after = next;
    } while (after !== undefined);
  }
  return [
    {
      access: "viewer",
      ...call,
      method: "get",
      query: [...(call.query ?? []), ...pageParameters],
      answers: { 200: { description: "A page of them", schema: pageOf(item) } },
      async handle(parts, request, response) {
        const after = readCursor(request, place);
        await sendFitting(response, pageLimit(request), async (limit) => {
          const { items, next } = await read(parts, request, { after, limit });
          const nextCursor = next === undefined ? null : writeCursor(next);
          return { rows: items.length, page: { items, nextCursor } };
        });
      },
    },
    asCsv({ ...call, item, pages }),
  ];
}

/** The route `path.csv` of a list. @param list `pages` reads all of it, a few items after the others */
export function asCsv<Item extends z.ZodObject>({
  item,
  pages,
  ...call
}: Listed<Item> & {
  pages(parts: Parts, request: Request): AsyncGenerator<readonly z.infer<Item>[]>;
}): Endpoint {
  const columns = columnsOf(item);
  async function* rows(parts: Parts, request: Request) {
    for await (const items of pages(parts, request))
      yield items.map((each) => columns.map((column) => cellOf(each, column)));
  }
  return {
    access: "viewer",
    ...call,
    method: "get",
    path: `${call.path}.csv`,
    summary: `All of it as CSV, for a spreadsheet: ${call.summary}`,
    answers: { 200: { description: "CSV", type: "text/csv" } },
    async handle(parts, request, response) {
      await sendCsv(response, fileName(call.path, request.params), {
        columns,
        pages: () => rows(parts, request),
        line: csvLine,
      });
    },
  };
}

const VALUE_LENGTH_MAX = 60;

/** What a list's file is called: its path, with what was asked for in it where that may stand in the name of a file. */
function fileName(path: string, values: Request["params"]): string {
  const parts = path.split("/").slice(2);
  const asked = parts.map((part) => (part.startsWith("{") ? String(values[part.slice(1, -1)]) : part));
  const safe = asked.map((part) => part.replaceAll(/[^\w.-]/g, "_").slice(0, VALUE_LENGTH_MAX));
  return `${safe.join("-")}.csv`;
}

/** Sends a file of CSV, as fast as it is taken. */
export async function sendCsv(response: Response, name: string, { columns, pages, line }: ResetList): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    const each = pages();
    // What goes wrong at once is still answered in words.
    const first = await each.next();
    yield line(columns);
    if (first.done !== true) yield first.value.map(line).join("");
    for await (const page of each) yield page.map(line).join("");
  }
  await streamText(response, { type: "text/csv", name }, lines());
}

/** The names of an item's columns; those of an object in it are "lastReset.state". */
function columnsOf({ shape }: z.ZodObject): string[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const inner = schema instanceof z.ZodNullable ? schema.unwrap() : schema;
    return inner instanceof z.ZodObject ? columnsOf(inner).map((each) => `${name}.${each}`) : [name];
  });
}

function cellOf(item: unknown, column: string): string {
  const value = column
    .split(".")
    .reduce<unknown>((of, name) => (of as Readonly<Record<string, unknown>> | null)?.[name], item);
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * Sends a long text as a file to be saved, piece by piece, no faster than it is taken; nothing more is read once the client has gone.
 * @param file its media type, and the name to save it under
 */
export async function streamText(
  response: Response,
  file: { readonly type: string; readonly name: string },
  pieces: AsyncGenerator<string>,
): Promise<void> {
  // What goes wrong before the first piece is still answered in words.
  const first = await pieces.next();
  response.set({
    "content-type": `${file.type}; charset=utf-8`,
    "content-disposition": `attachment; filename="${file.name}"`,
    "cache-control": "no-store",
  });
  async function* all() {
    if (first.done !== true) yield first.value;
    yield* pieces;
  }
  await pipeline(all, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}
