// The Web API of Adobe Commerce: lists by search criteria, errors as a message with parameters, and the input limits that a shop may have
// (https://developer.adobe.com/commerce/webapi/get-started/api-security; the messages are those of
// https://github.com/magento/magento2, lib/internal/Magento/Framework/Webapi/Validator).
import { z } from "zod";
import type { CallSize } from "../http/call-size.ts";
import { apiFailure, bodyOf, type JsonAnswer, type JsonApi, listOf } from "../http/json-api.ts";
import type { TargetFailure } from "../target.ts";

export interface Shop {
  readonly api: JsonApi;
  readonly size: CallSize;
  /** Rows of one page: lowered once the shop says that it gives fewer. */
  pageMax: number;
}

/** One condition; those of a group hold or others of it do, and all groups hold. */
export interface Filter {
  readonly field: string;
  readonly value: string;
  readonly condition: "in" | "eq" | "gt";
}

export interface Search {
  readonly path: string;
  readonly groups: readonly (readonly Filter[])[];
  readonly page?: number;
  /** The field that rows are sorted by, upwards. */
  readonly sortBy?: string;
  readonly fields: string;
}

/** A page of rows, each undefined that is of another form than the rest, and how many rows there are on all pages. @throws TargetFailure */
export async function search<Row>(
  shop: Shop,
  { wanted, row }: { readonly wanted: Search; readonly row: z.ZodType<Row> },
  stopping: AbortSignal,
): Promise<{ rows: (Row | undefined)[]; total: number }> {
  const page = z.looseObject({ items: listOf(row).nullable(), total_count: z.number() });
  for (;;) {
    const answer = await shop.api.get(`${wanted.path}?${queryOf(wanted, shop.pageMax)}`, stopping);
    const most = limitIn(answer, "Maximum SearchCriteria pageSize is");
    if (most === undefined || most >= shop.pageMax) {
      if (answer.status >= 400) throw failureOf(answer);
      const { items, total_count } = bodyOf(answer, page);
      return { rows: items ?? [], total: total_count };
    }
    shop.pageMax = most;
  }
}

function queryOf({ groups, page = 1, sortBy, fields }: Search, pageSize: number): URLSearchParams {
  const query = new URLSearchParams();
  for (const [at, filters] of groups.entries()) {
    for (const [each, { field, value, condition }] of filters.entries()) {
      const name = `searchCriteria[filter_groups][${at}][filters][${each}]`;
      query.set(`${name}[field]`, field);
      query.set(`${name}[value]`, value);
      query.set(`${name}[condition_type]`, condition);
    }
  }
  if (sortBy !== undefined) {
    query.set("searchCriteria[sortOrders][0][field]", sortBy);
    query.set("searchCriteria[sortOrders][0][direction]", "ASC");
  }
  query.set("searchCriteria[pageSize]", String(pageSize));
  query.set("searchCriteria[currentPage]", String(page));
  query.set("fields", `items[${fields}],total_count`);
  return query;
}

/** An error: `%name` or `%1` in its message stand for its parameters. */
const errorBody = z.looseObject({
  message: z.string(),
  parameters: z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .nullish()
    .catch(null),
});
const MESSAGE_CHARACTERS_MAX = 500;
const PARAMETERS_MAX = 10;

/** What an answer that refuses means, in the shop's words. */
export function failureOf(answer: JsonAnswer): TargetFailure {
  return apiFailure(answer, wordsOf(answer));
}

/** The message of an error with its parameters in their places; undefined where the answer is no error of this API. */
export function wordsOf({ body }: JsonAnswer): string | undefined {
  const error = errorBody.safeParse(body).data;
  if (error === undefined) return undefined;
  const { message, parameters } = error;
  const named = Array.isArray(parameters)
    ? parameters.map((value, at) => [String(at + 1), value] as const)
    : Object.entries(parameters ?? {});
  return named
    .slice(0, PARAMETERS_MAX)
    .reduce(
      (words, [name, value]) =>
        words
          .replaceAll(`%${name}`, () => String(value).slice(0, MESSAGE_CHARACTERS_MAX))
          .slice(0, MESSAGE_CHARACTERS_MAX),
      message.slice(0, MESSAGE_CHARACTERS_MAX),
    );
}

/** The number at the end of an error that begins so; undefined where the answer is another. */
export function limitIn(answer: JsonAnswer, beginning: string): number | undefined {
  const words = answer.status === 400 ? wordsOf(answer) : undefined;
  const [, most] = (words?.startsWith(beginning) && /\b(\d{1,6})\D{0,3}$/.exec(words)) || [];
  return most === undefined ? undefined : Math.max(1, Number(most));
}
