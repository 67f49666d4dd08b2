// GET /docs: the board's calls for people who write programs, from the same list as /openapi.json.
import { type Endpoint, ROLES } from "../endpoint.ts";
import { html } from "../ui/html.ts";
import { page } from "../ui/page.ts";
import { tableOf } from "../ui/table.ts";

/** Makes the page's route for a list of routes; it shows those that machines call. */
export function showDocs(endpoints: () => readonly Endpoint[]): Endpoint {
  return page({
    path: "/docs",
    summary: "The calls of this API, for people",
    async show() {
      const calls = endpoints().filter(({ path }) => path.startsWith("/api/"));
      const main = html`<h1>The board's API</h1>
<p>Programs send <code>Authorization: Bearer &lt;boardToken&gt;</code>. Answers are JSON, refusals are
<code>application/problem+json</code>; quantities are numbers with at most 4 decimals, times are ISO 8601 in UTC, ids in paths are
percent-encoded. Lists answer <code>{"items", "nextCursor"}</code>: send <code>nextCursor</code> back as <code>cursor</code> for the next page.
The schema of every body and answer is at <a href="/openapi.json">/openapi.json</a>; sales are sent to ingest, whose own page is its <code>/docs</code>.</p>
<pre tabindex="0"><code>curl -H "Authorization: Bearer $BOARD_TOKEN" "$BOARD_URL/api/facilities?limit=10"</code></pre>
${tableOf<Endpoint>({
  caption: "Calls",
  items: calls,
  columns: [
    { title: "Call", wraps: true, cell: ({ method, path }) => html`<code>${method.toUpperCase()} ${path}</code>` },
    { title: "What it does", wraps: true, cell: ({ summary }) => summary },
    { title: "Query", wraps: true, cell: ({ query = [] }) => query.map(({ name }) => html`<code>${name}</code> `) },
    { title: "For", cell: ({ access }) => ROLES[access].replace(/^Roles?: |\.$/g, "") },
  ],
})}`;
      return { title: "API", main };
    },
  });
}
