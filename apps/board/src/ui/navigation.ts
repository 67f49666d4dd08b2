// The header of every page behind the sign-in, Bull Board's included: where one is, where one can go, the search, and the menu with
// what readers choose for themselves. On a phone the places that matter most are a bar at the bottom, and the menu has the others.
import { type Away, awayWords } from "../problem.ts";
import { type Html, html } from "./html.ts";
import type { PageContext } from "./page-context.ts";
import { preferences } from "./preferences.ts";

/**
 * The places of the navigation, in the order in which an operator needs them; `icon` is for the bar of a phone, `key` follows g. Those
 * that are `late` stand in the menu unless the screen is very wide.
 */
const PLACES = [
  { name: "overview", text: "Overview", href: "/", key: "o", icon: html`<path d="M2.5 7.5 8 3l5.5 4.5V13h-11Z"/>` },
  {
    ...{ name: "alarms", text: "Alarms", href: "/alarms", key: "a" },
    icon: html`<path d="M8 2.5a4 4 0 0 1 4 4c0 3 1 4 1.5 5h-11c.5-1 1.5-2 1.5-5a4 4 0 0 1 4-4M6.5 13.5h3"/>`,
  },
  {
    ...{ name: "resets", text: "Resets", href: "/resets", key: "r" },
    icon: html`<path d="M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5"/>`,
  },
  {
    ...{ name: "find", text: "Find", href: "/find", key: "f" },
    icon: html`<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>`,
  },
  { name: "facilities", text: "Stores", href: "/facilities", key: "s" },
  { name: "names", text: "Names", href: "/names", key: "n", late: true },
  { name: "sources", text: "Sources", href: "/sources", key: "i", late: true },
  { name: "channels", text: "Channels", href: "/channels", key: "h" },
  { name: "jobs", text: "Failed jobs", href: "/jobs", key: "j" },
  { name: "requests", text: "Requests", href: "/requests", key: "c", late: true },
  { name: "queues", text: "Queues", href: "/queues", key: "q", late: true },
  { name: "audit", text: "Audit", href: "/audit", key: "u", late: true },
] as const;

export type NavName = (typeof PLACES)[number]["name"];

type Place = (typeof PLACES)[number];

/** What a page has of its own in the header. */
export interface HeaderOptions {
  /** Where it stands in the navigation; undefined for a page outside of it. */
  readonly nav?: NavName | undefined;
  /** It is what it is only while this server is away: it asks again by itself, and is loaded anew when that is over. */
  readonly awaits?: Away | undefined;
  /** A class, where the page below is another application's. */
  readonly look?: string;
}

/** The header; where the screen is narrow its search is reached by way of the page that finds anything. */
export function header(context: PageContext, { nav, awaits, look = "" }: HeaderOptions): Html {
  const { identity, live, waiting, ageMs } = context;
  const places = PLACES.filter(({ name }) => name !== "audit" || context.mayAct);
  const link = (place: Place) => navigationLink(place, context, nav);
  const rest = places.filter((place) => !("icon" in place));
  const here = rest.find(({ name }) => name === nav);
  const away = awaits ?? (live && waiting.away);
  return html`<header class="top ${look}" id="top">
<a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 14V6h4m-4 0 4.5 4.5A7 7 0 0 1 19 14M20 10v8h-4m4 0-4.5-4.5"/></svg><span>inventory-sync</span></a>
<nav id="nav" aria-label="Pages"><ul>${places.map((place) => html`<li${className(place)}>${link(place)}</li>`)}</ul></nav>
<div class="who">
<form class="find" method="get" action="/find"><input type="search" name="q" placeholder="Find anything" aria-label="Find a product, store, receipt, file or job by its id" maxlength="128" autocomplete="off" spellcheck="false"></form>
${away ? html`<span id="live" class="live" data-state="off" role="status">${awayWords[away].brief}</span>` : live && html`<span id="live" class="live" data-state="on" role="status">Live</span>`}
${ageMs !== undefined && html`<span id="age" class="soft" title="Read from the replica, which follows the database">Data of ${Math.ceil(ageMs / 1_000)} s ago</span>`}
<details class="menu" id="menu">
<summary${here && html` class="${"late" in here ? "here late" : "here"}"`}><span class="person">${identity.name}</span><span class="role">${identity.role}</span><span class="more">More</span></summary>
<div class="sheet">
<ul class="rest" id="rest">${rest.map((place) => html`<li${"late" in place && html` class="late"`}>${link(place)}</li>`)}</ul>
${preferences(context)}
<p><a href="/runbook">Runbook</a> <a href="/docs">The board's API</a> <button type="button" class="quiet" id="show-keys">Keyboard shortcuts</button></p>
${identity.by === "session" && html`<form method="post" action="/sign-out"><p class="soft">Signed in as ${identity.name} (${identity.role})</p><button type="submit" class="quiet">Sign out</button></form>`}
</div>
</details>
</div>
${keysDialog(places)}
</header>`;
}

/** What a phone's bar leaves to the menu, and what has the search where the header has no room for it. */
function className(place: Place): Html | null {
  if (place.name === "find") return html` class="find"`;
  if ("icon" in place) return null;
  return html` class="${"late" in place ? "rest late" : "rest"}"`;
}

function navigationLink(place: Place, { waiting }: PageContext, nav: NavName | undefined): Html {
  const { name, text, href } = place;
  const count = name === "jobs" ? waiting.failed : name === "alarms" ? waiting.alarms : 0;
  const badge = count > 0 && html` <span class="count">${count > 999 ? "999+" : count}</span>`;
  const icon = "icon" in place && html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${place.icon}</svg>`;
  return html`<a href="${href}"${nav === name ? html` aria-current="page"` : null}>${icon}${text}${badge}</a>`;
}

/** The keyboard's shortcuts; static/keys.js listens. They can be switched off, for those whose keys come from speech or a switch. */
function keysDialog(places: readonly Place[]): Html {
  return html`<dialog id="keys" aria-labelledby="keys-title"><form method="dialog">
<h2 id="keys-title">Keyboard shortcuts</h2>
<dl><div><dt><kbd>/</kbd></dt><dd>Search</dd></div><div><dt><kbd>?</kbd></dt><dd>This list</dd></div>
${places.map(({ text, href, key }) => html`<div><dt><kbd>g</kbd> <kbd>${key}</kbd></dt><dd data-key="${key}" data-href="${href}">${text}</dd></div>`)}</dl>
<label><input type="checkbox" id="keys-on" checked> Use these shortcuts in this browser</label>
<div class="acts"><button class="quiet">Close</button></div></form></dialog>`;
}
