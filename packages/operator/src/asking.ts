// What all questions have in common: whom they ask, how times and names stand in their answers, and how a list is given page by page.
import type { Database } from "@inventory-sync/db";
import type { Queues } from "@inventory-sync/queue";
import { z } from "zod";

/** What is asked about failed jobs, and acts on them. */
export interface Servers {
  readonly database: Database;
  readonly queues: Queues;
}

/** A time as it is answered: ISO in UTC. */
export const time = z.iso.datetime();

/** One name of a product; and of a level, which is a product at a facility. */
export const productId = { idType: z.string(), idValue: z.string() };
export const levelId = { facilityId: z.string(), ...productId };

/** A page of a list: so many rows, behind the place where the page before ended. */
export interface PageAsked<Place> {
  readonly after?: Place | undefined;
  readonly limit: number;
}

/** What is on a page, and the place where the next one begins: undefined at the end. */
export interface PageFound<Item, Place> {
  readonly items: Item[];
  readonly next: Place | undefined;
}

/** The rows that are shown, of which one more was read, and the last of them where a next page follows. */
export function pageOfRows<Row>(rows: Row[], limit: number): { readonly shown: Row[]; readonly last: Row | undefined } {
  const shown = rows.slice(0, limit);
  return { shown, last: rows.length > limit ? shown.at(-1) : undefined };
}

/** Of a value what its shape names, in that order, and nothing else. It is not checked. */
export function only<Shape extends z.ZodRawShape>(
  { shape }: z.ZodObject<Shape>,
  value: z.output<z.ZodObject<Shape>>,
): z.output<z.ZodObject<Shape>> {
  const fields: Readonly<Record<string, unknown>> = value;
  return Object.fromEntries(Object.keys(shape).map((name) => [name, fields[name]])) as z.output<z.ZodObject<Shape>>;
}
