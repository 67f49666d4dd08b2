// The header of every page: the product, the navigation with what is open, who is signed in and how they like to see things.
import { type Html, html } from "../../html.ts";
import type { Look } from "./look.ts";
import { type NavName, PLACES } from "./navigation.ts";
import { preferences } from "./preferences.ts";

/** The header. @param nav the place to mark as the current one */
export function header(look: Look, nav: NavName | undefined): Html {
  const { identity, live } = look;
  return html`<header class="top" id="top">
${brand()}
<nav id="nav" aria-label="Pages"><ul>${navigation(look, nav)}</ul></nav>
<div class="who">
${findProduct()}
${live && html`<span id="live" class="live" data-state="on" role="status">Live</span>`}
<details class="menu" id="menu">
<summary><span class="person">${identity.name}</span><span class="role">${identity.role}</span></summary>
<div class="sheet">
${preferences(look)}
<p><a href="/openapi.json">The board's API</a></p>
${identity.by === "session" && html`<form method="post" action="/sign-out"><button type="submit" class="quiet">Sign out</button></form>`}
</div>
</details>
</div>
</header>`;
}

/** Finds a product from anywhere; where the screen is narrow, by way of its own page. */
function findProduct(): Html {
  return html`<form class="find" method="get" action="/find"><input type="search" name="q" placeholder="Find a product" aria-label="Find a product by any of its ids" maxlength="128" autocomplete="off" spellcheck="false"></form>
<a class="find" href="/find"><svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/></svg> Find</a>`;
}

/** The product's name, which leads to the overview. */
export function brand(): Html {
  return html`<a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 14V6h4m-4 0 4.5 4.5A7 7 0 0 1 19 14M20 10v8h-4m4 0-4.5-4.5"/></svg><span>inventory-sync</span></a>`;
}

/** The links of the navigation that are of use to whoever looks. */
export function navigation(look: Look, nav: NavName | undefined): Html {
  return html`${PLACES.filter(({ name }) => name !== "audit" || look.mayAct).map((place) => link(place, look, nav))}`;
}

function link({ name, text, href }: (typeof PLACES)[number], { waiting }: Look, nav: NavName | undefined): Html {
  const count = name === "jobs" ? waiting.failed : name === "alarms" ? waiting.alarms : 0;
  const badge = count > 0 && html` <span class="count">${count > 999 ? "999+" : count}</span>`;
  return html`<li><a href="${href}"${nav === name ? html` aria-current="page"` : null}>${text}${badge}</a></li>`;
}
