// Pages of long lists, and the links that choose what of a list is shown. All of it is in the address, so that a page can
// be kept, passed on, and renewed.
import type { Request } from "express";
import { badParameter, queryText } from "../asked.ts";
import { type Html, html, quantity } from "./html.ts";

const PAGE_MAX = 100_000;
const TEXT_LENGTH_MAX = 128;

/** The number of the page asked for, from 1. @param name of the parameter, where a page has several lists */
export function askedPage(request: Request, name = "page"): number {
  const text = queryText(request, name);
  if (text === undefined) return 1;
  const page = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (page < 1 || page > PAGE_MAX) throw badParameter(name, "must be the number of a page, from 1");
  return page;
}

/** What the reader looks for, '' when nothing. */
export function askedText(request: Request, name: string): string {
  const value = request.query[name];
  return (typeof value === "string" ? value : "").replace(/\p{C}/gu, "").trim().slice(0, TEXT_LENGTH_MAX);
}

/** One of the words that a parameter may have; the first of them when it has none or another. */
export function askedWord<Word extends string>(
  request: Request,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = queryText(request, name);
  return words.find((word) => word === text) ?? words[0];
}

/** An address with its query; empty values are left out. */
export function address(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") given.set(name, String(value));
  }
  const text = given.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Links to the pages around this one, with which rows are shown; nothing where one page is all. */
export function pager(shown: {
  readonly page: number;
  readonly limit: number;
  readonly total: number;
  readonly href: (page: number) => string;
  readonly what: string;
}): Html | null {
  const { page, limit, total, href, what } = shown;
  if (total <= limit && page === 1) return null;
  const first = Math.min(total, (page - 1) * limit + 1);
  const last = Math.min(total, page * limit);
  return html`<nav class="pager" aria-label="Pages of ${what}">
<span class="soft">${quantity(first)}–${quantity(last)} of ${quantity(total)} ${what}</span>
${around(page, last < total, href)}</nav>`;
}

/** All of a list for a spreadsheet. @param href of the API, as far as ".csv" */
export function csvLink(href: string): Html {
  return html`<p class="soft"><a href="${href}" download>Export CSV</a></p>`;
}

interface Choice {
  readonly text: string;
  readonly count?: number;
  readonly href: string;
  readonly isChosen: boolean;
}

/** A row of links of which one is chosen. */
export function choices(label: string, each: readonly Choice[]): Html {
  return html`<nav class="choices" aria-label="${label}"><ul>${each.map(
    ({ text, count, href, isChosen }) =>
      html`<li><a href="${href}"${isChosen ? html` aria-current="true"` : null}>${text}${count === undefined ? null : html` <span class="soft">${quantity(count)}</span>`}</a></li>`,
  )}</ul></nav>`;
}

/** A box to look for something on this page. @param kept what else of the address stays as it is */
export function searchBox(box: {
  readonly action: string;
  readonly name: string;
  readonly value: string;
  readonly label: string;
  readonly kept?: Readonly<Record<string, string>>;
  /** Readers come to type here. */
  readonly isFirst?: boolean;
}): Html {
  const { action, name, value, label, kept = {}, isFirst = false } = box;
  return html`<form class="search" method="get" aria-label="${label}" action="${action}">
${Object.entries(kept).map(([key, text]) => text !== "" && html`<input type="hidden" name="${key}" value="${text}">`)}
<label><span class="label">${label}</span><input type="search" name="${name}" value="${value}" maxlength="${TEXT_LENGTH_MAX}" autocomplete="off" spellcheck="false"${isFirst && html` autofocus`}></label>
<button type="submit" class="quiet">Find</button>
${value !== "" && html`<a href="${address(action, kept)}">Clear</a>`}</form>`;
}

/** Links to the page before and after, where it is not known how many there are; nothing where one page is all. */
export function steps(shown: {
  readonly page: number;
  readonly hasNext: boolean;
  readonly href: (page: number) => string;
  readonly what: string;
}): Html | null {
  const { page, hasNext, href, what } = shown;
  if (page === 1 && !hasNext) return null;
  return html`<nav class="pager" aria-label="Pages of ${what}"><span class="soft">Page ${page}</span>
${around(page, hasNext, href)}</nav>`;
}

function around(page: number, hasNext: boolean, href: (page: number) => string): Html {
  return html`${page > 1 && html`<a href="${href(page - 1)}" rel="prev">← Previous</a>`}
${hasNext && html`<a href="${href(page + 1)}" rel="next">Next →</a>`}`;
}
