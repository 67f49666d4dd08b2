// The top of each page behind the sign-in.
import { type Html, html } from "../html.ts";
import type { Identity } from "../people/identity.ts";

/** Who is signed in, and where else to look. */
export function header({ name, role, by }: Identity): Html {
  return html`<header>
<strong><a href="/">inventory-sync</a></strong>
<nav aria-label="Other pages"><a href="/queues">Queues in Bull Board</a> · <a href="/openapi.json">API</a>${role === "operator" && html` · <a href="/api/audit">Audit log</a>`}</nav>
<span class="soft">${name} (${role})</span>
${by === "session" && html`<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>`}
</header>`;
}
