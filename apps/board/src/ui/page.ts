// How a page for people is written:
//
//   export const showThings = page({
//     path: "/things",
//     nav: "resets",
//     summary: "…",
//     topic: { name: "things", read: ({ database }) => … },
//     async show({ database }, context, request) {
//       return { title: "Things", main: html`<h1>Things</h1>…` };
//     },
//   });
//
// - `context` (page-context.ts) has the identity, the chosen zone and theme; `context.time(date)` writes a time in that zone, and
//   `context.mayAct` is true for operators.
// - While the page is open it listens on /live, and whenever its topic's digest changes it fetches itself again and morphs <main>:
//   focus, open <details>, open <dialog>s and what is typed stay. Give ids to what moves (rows, cards, folds), so that morphing finds
//   it again.
// - Made of: html.ts, which also writes numbers and times, pieces.ts for badges, tiles, bars, messages and what is empty, table.ts,
//   plot.ts, paging.ts, dialog.ts for buttons that write.
// - Buttons that write call the JSON API: post() makes a plain one, confirm() one that says first what will happen.
//   static/console.js sends them, says how it went in the notice at the bottom, and renews the page.
// - No inline script or style: the CSP forbids both, so classes only.
import type { Request } from "express";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { frame, sendPage } from "./frame.ts";
import type { Html } from "./html.ts";
import type { Topic } from "./live.ts";
import type { NavName } from "./navigation.ts";
import { type PageContext, pageContext } from "./page-context.ts";

export interface PageTopic extends Topic<Parts> {
  /** Which of the things that the topic can be about. */
  about?(parts: Parts, request: Request): string | Promise<string>;
}

/** A page: for viewers where it has no `access`; its `answers` are those besides the page. */
interface Page extends Pick<Endpoint, "path" | "summary" | "query">, Partial<Pick<Endpoint, "access" | "answers">> {
  /** Where it stands in the navigation; undefined for a page outside of it. */
  readonly nav?: NavName;
  readonly topic?: PageTopic;
  /** Makes it, or says where what was asked for is shown. */
  show(parts: Parts, context: PageContext, request: Request): Promise<Shown | { readonly href: string }>;
}

interface Shown {
  /** Stands in the browser's tab, before the product's name. */
  readonly title: string;
  readonly main: Html;
  /** 200 where it has none. */
  readonly status?: number;
}

/** A page for people, in the board's frame. */
export function page({ nav, show, ...route }: Page): Endpoint {
  const { topic } = route;
  return {
    access: "viewer",
    ...route,
    method: "get",
    answers: { 200: { description: "The page", type: "text/html" }, ...route.answers },
    async handle(parts, request, response) {
      const about = await topic?.about?.(parts, request);
      // Before anything is read that is shown, so that a change in between is noticed.
      const context = await pageContext(parts, response, about === undefined ? topic?.name : `${topic?.name}:${about}`);
      const shown = await show(parts, context, request);
      if ("href" in shown) return response.redirect(shown.href);
      const { title, main, status = 200 } = shown;
      sendPage(response, status, frame({ title, nav, context }, main));
    },
  };
}
