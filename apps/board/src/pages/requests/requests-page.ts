// GET /requests: what clients sent that ingest refused, for operators who look for the sender's mistake.
import {
  type ClientRequests,
  listClientRequests,
  listRefused,
  type RefusedFilter,
  type RefusedRecord,
  refusedPlace,
} from "@inventory-sync/operator";
import { dayAgo, refusedFilter, refusedParameters } from "../../api/requests.ts";
import { askedTime, cursorParameter, localValue, readCursor, writeCursor } from "../../asked.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, csvLink } from "../../ui/paging.ts";
import { empty } from "../../ui/pieces.ts";
import { type ColumnOf, tableOf } from "../../ui/table.ts";

const SHOWN = 50;
const NOBODY = "not known";

export const showRequests = page({
  path: "/requests",
  nav: "requests",
  summary: "What clients sent that ingest refused, for people",
  query: [...refusedParameters, cursorParameter],
  async show(parts, context, request) {
    const filter = refusedFilter(request, (from, name) => askedTime(from, name, context.zone));
    const after = readCursor(request, refusedPlace);
    const [clients, { items, next }] = await Promise.all([
      listClientRequests(parts.database, dayAgo()),
      listRefused(parts.database, filter, { after, limit: SHOWN }),
    ]);
    const main = html`<h1>Requests</h1>
<p class="soft">What clients sent that ingest refused, newest first, kept for a week. Nothing of it is in the stock. ${leftOutWords(clients)} <a href="#clients">Who sends how much</a></p>
${filterForm(filter, context)}
${refusedTable(items, context)}
<p class="after">${after !== undefined && html`<a href="${here(filter)}">Newest</a> `}${next !== undefined && html`<a href="${here(filter, writeCursor(next))}">Older</a>`}</p>
${csvLink(here(filter).replace(/^\/requests/, "/api/requests.csv"))}
<section aria-labelledby="clients"><h2 id="clients">By client, the last 24 hours</h2>
<p class="soft">A minute is counted when it is over.</p>
${clientTable(clients, context)}</section>`;
    return { title: "Requests", main };
  },
});

function here({ client, status, code, id, since, until }: RefusedFilter, cursor?: string): string {
  const times = { since: since?.toISOString(), until: until?.toISOString() };
  return address("/requests", { client, status, code, id, ...times, cursor });
}

function leftOutWords(clients: readonly ClientRequests[]): string {
  const leftOut = clients.reduce((sum, each) => sum + each.leftOut, 0);
  return leftOut === 0
    ? ""
    : `${plural(leftOut, "request")} of the last 24 hours came too fast to be listed and are only counted.`;
}

function clientTable(clients: readonly ClientRequests[], context: PageContext): Html {
  const share = ({ accepted, refused, unavailable }: ClientRequests) =>
    `${((100 * (refused + unavailable)) / (accepted + refused + unavailable)).toFixed(1)} %`;
  return tableOf({
    caption: "Requests by client in the last 24 hours",
    items: clients,
    key: ({ client }) => `client-${client ?? ""}`,
    columns: [
      {
        title: "Client",
        wraps: true,
        cell: ({ client }) => (client === null ? NOBODY : html`<a href="${here({ client })}">${client}</a>`),
      },
      { title: "Accepted", number: true, cell: ({ accepted }) => quantity(accepted) },
      { title: "Refused", number: true, brief: true, cell: ({ refused }) => quantity(refused) },
      { title: "Not taken (503)", number: true, cell: ({ unavailable }) => quantity(unavailable) },
      { title: "Share refused", number: true, cell: share },
      ...signatureColumns(clients),
      { title: "Last accepted", cell: ({ acceptedAt }) => context.time(acceptedAt) },
      { title: "Last refused", cell: ({ refusedAt }) => context.time(refusedAt) },
    ],
    empty: empty("No request in the last 24 hours.", "Each client stands here a minute after its first request."),
  });
}

/** Of clients that sign: what was signed well and sent late is told apart from what is not theirs. */
function signatureColumns(clients: readonly ClientRequests[]): readonly ColumnOf<ClientRequests>[] {
  if (!clients.some(({ lateSignatures, badSignatures }) => lateSignatures + badSignatures > 0)) return [];
  return [
    { title: "Signed well, sent late", number: true, cell: ({ lateSignatures }) => quantity(lateSignatures) },
    { title: "Signature not theirs", number: true, cell: ({ badSignatures }) => quantity(badSignatures) },
  ];
}

function filterForm({ client, status, code, id, since, until }: RefusedFilter, { zone }: PageContext): Html {
  const field = (name: string, label: string, value: string | number | undefined, hint = "") =>
    html`<label><span class="label">${label}</span><input type="search" name="${name}" value="${value ?? ""}" placeholder="${hint}" maxlength="128" autocomplete="off" spellcheck="false"></label>`;
  const moment = (name: string, label: string, at: Date | undefined) =>
    html`<label><span class="label">${label} (${zone})</span><input type="datetime-local" name="${name}" step="1" value="${at === undefined ? "" : localValue(at, zone)}"></label>`;
  const isFiltered = [client, status, code, id, since, until].some((each) => each !== undefined);
  return html`<details id="choose"${isFiltered && html` open`}><summary>Choose by client, code or time</summary>
<form class="search" method="get" action="/requests" aria-label="Choose refused requests">
${field("client", "Client", client)}
${field("status", "Status", status, "422")}
${field("code", "Code", code, "invalid")}
${field("id", "Request or event id", id)}
${moment("since", "Since", since)}
${moment("until", "Until", until)}
<button type="submit" class="quiet">Show</button>
${isFiltered && html`<a href="/requests">Clear</a>`}</form></details>`;
}

function refusedTable(items: readonly RefusedRecord[], context: PageContext): Html {
  return tableOf({
    caption: "Refused requests",
    items,
    key: ({ id }) => `refused-${id}`,
    columns: [
      { title: "When", cell: ({ at }) => context.time(at) },
      { title: "Client", wraps: true, cell: sender },
      { title: "Refused as", brief: true, cell: ({ status, code }) => html`${status} <strong>${code}</strong>` },
      { title: "Why", wraps: true, cell: why },
      { title: "First event", wraps: true, cell: ({ eventId }) => eventId ?? "–" },
      { title: "Request", wraps: true, cell: what },
    ],
    empty: empty(
      "No refused request.",
      "A request that ingest refuses stands here within some seconds, with what was wrong with it.",
    ),
  });
}

function sender({ client, keyId, address: from }: RefusedRecord): Html {
  const key = keyId !== null && html`<br><span class="soft">SHA-256 of its key: ${keyId}…</span>`;
  return html`${client ?? NOBODY}${key}<br><span class="soft">${from}</span>`;
}

function why({ pointer, detail, advice }: RefusedRecord): Html {
  const place = pointer !== null && pointer !== "" && html`At <code>${pointer}</code>: `;
  return html`${place}${detail}<br><strong>${advice}</strong>`;
}

function what({ id, call, requestId, bodyHead }: RefusedRecord): Html {
  const body =
    bodyHead !== null &&
    html`<details id="body-${id}"><summary>Body</summary><pre tabindex="0">${bodyHead}</pre></details>`;
  return html`<code>${requestId}</code><br><span class="soft">${call}</span>${body}`;
}
