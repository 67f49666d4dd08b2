// GET /docs: the interface for people, one page without script and without anything from another host.
import { createHash } from "node:crypto";
import { EVENT_LINES_MAX, eventTypes } from "@inventory-sync/domain";
import { type Call, calls } from "./calls.ts";
import { BODY_BYTES_MAX, EVENTS_PER_REQUEST_MAX } from "./limits.ts";
import { problemKinds } from "./problem.ts";
import { SIGNATURE_AGE_S_MAX, SIGNATURE_AHEAD_S_MAX } from "./signing.ts";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; background: #fff }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: #f3f3f1 } code { padding: 0 .25em }
pre { padding: .75rem 1rem; overflow-x: auto } pre code { padding: 0 } :not(pre) > code { overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } th:first-child, td:first-child { min-width: 7rem } th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #ddd }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616 } code, pre { background: #262626 } th, td { border-color: #3a3a3a } a { color: #8ab4f8 } }
`;

/** The style's hash: the page's content security policy allows this style and nothing else. */
export const docsStyleHash = `'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

const EVENT = `{"eventId": "1006-592481256000133060", "facilityId": "S001", "type": "sale",
 "occurredAt": "2026-11-23T10:15:00-05:00",
 "lines": [{"sku": "TEE-RED-M", "quantity": 2},
           {"idType": "UPCA", "idValue": "012345678905", "quantity": 1}],
 "reason": "POS_SALE"}`;

const HOTWAX = `{"facilityId": "S001", "availableDelta": -1, "idType": "UPCA", "idValue": "30065245099",
 "locationSeqId": "TLTLTLLL01", "varianceReasonId": "POS_SALE", "eventId": "till-4-000017"}`;

const PRISM = `[{"sid": "592481256000133060", "status": 4, "is_held": false, "receipt_type": 0,
  "store_number": 1, "store_code": "ORD", "invoice_posted_date": "2021-03-22T22:35:57.000+03:00",
  "items": [{"item_pos": 1, "item_type": 1, "quantity": 1, "alu": "SHOE", "scan_upc": "1212",
             "invn_sbs_item_sid": "535151649000156102", "fulfill_store_no": 1}]}]`;

const SIGNATURE = `secret = base64-decode(the part of the secret after "whsec_")
webhook-id:        an id of your own, the same for every attempt
webhook-timestamp: the time of this attempt, in whole seconds since 1970
webhook-signature: "v1," + base64(HMAC-SHA256(secret, id + "." + timestamp + "." + body))`;

/** The whole page. */
export function docsPage(): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>inventory-sync: sending events</title><style>${STYLE}</style></head><body><main>
<h1>Sending events of stock</h1>
<p>Send a key with every POST: <code>Authorization: Bearer &lt;key&gt;</code>. The schema of everything below stands at
<a href="/openapi.json">/openapi.json</a>. Times carry a zone, quantities are JSON numbers with at most 4 decimals, ids are
1 to 128 printable characters in quotes, none of them invisible, in composed form (NFC); types of identification are ASCII. An answer of 200 or 202 means that everything sent is durably queued.</p>
<h2>Calls</h2>
${table(["Call", "What it does"], Object.values(calls).map(callRow))}
<h2>Events</h2>
${curl(calls.events, EVENT)}
<p>Types: ${eventTypes.map((type) => `<code>${type}</code>`).join(", ")}. The quantity of a sale, return or shipment is above 0;
an adjustment is signed. <code>shipment-acknowledged</code> has no lines: it names its shipment by <code>shipmentEventId</code>.
Send the same event again as often as you like: its id makes it count once. The same id with other content changes nothing and is reported to the operator.
What became of an event the operator's board says, to the same key: <code>GET /v1/events/{facilityId}/{eventId}</code> there.</p>
<p>Limits: ${BODY_BYTES_MAX} bytes and ${EVENTS_PER_REQUEST_MAX} events a request, ${EVENT_LINES_MAX} lines an event. Bodies are not compressed.
As <code>application/x-ndjson</code>, each line of the body is one event.</p>
<h2>HotWax UpdateInventory</h2>
${curl(calls.hotwax, HOTWAX)}
<p><code>availableDelta</code> is signed: a sale of one is -1. Without <code>eventId</code> or <code>Idempotency-Key</code> a retry counts as a second change.
A client that signs has <code>webhook-id</code> taken for the id when the body has none, and leaves <code>Idempotency-Key</code> out.
Fields that are not named here are refused by name: a misspelt <code>eventId</code> that was passed over would count twice. <code>varianceReasonId</code> may be any
text. Without <code>occurredAt</code> the time of receipt counts, so send it where a change may arrive after a count that has it already.</p>
<h2>Retail Pro Prism documents</h2>
${curl(calls.prism, PRISM)}
<p>Only completed documents (<code>status</code> 4) that are not held and have <code>receipt_type</code> 0 or 1 count, and of those the lines with
<code>item_type</code> 1 (sale) and 2 (return); packages, parts of kits and gift cards are left out, and what is left out is answered with a code and a reason. A facility's part of a document becomes one event with signed lines under the document's <code>sid</code>.
A line counts once, also when the document is sent again for another store: then it is reported to the operator.</p>
<h2>Refusals</h2>
<p>Every refusal is <code>application/problem+json</code>; <code>errors</code> names each fault by a JSON pointer into the body. After 429 and 503, wait as
<code>Retry-After</code> says and send the same request again. Every answer has the header <code>X-Request-Id</code>, your own where you sent one, and
a refusal also says it as <code>requestId</code>: with it the operator finds the request.</p>
${table(["Status", "Kind", "Meaning"], Object.entries(problemKinds).map(problemRow))}
<h2>Signing</h2>
<p>A client that was given a signing secret signs every request by the Standard Webhooks convention, over the bytes of the body as they are sent.
Signatures older than ${SIGNATURE_AGE_S_MAX} s or more than ${SIGNATURE_AHEAD_S_MAX} s ahead are refused. During a rotation, send several, separated by spaces.</p>
<pre tabindex="0" aria-label="How the signature is made"><code>${escapeHtml(SIGNATURE)}</code></pre>
</main></body></html>
`;
}

function callRow({ method, path, summary, description }: Call): string {
  return `<tr><td><code>${method.toUpperCase()} ${path}</code></td><td>${escapeHtml(`${summary}. ${description}`)}</td></tr>`;
}

function problemRow([kind, { status, title }]: [string, { status: number; title: string }]): string {
  return `<tr id="${kind}"><td>${status}</td><td>${kind}</td><td>${escapeHtml(title)}</td></tr>`;
}

function table(heads: readonly string[], rows: readonly string[]): string {
  return `<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
}

function curl(call: Call, body: string): string {
  const lines = [
    `curl -i "$INGEST_URL${call.path}" \\`,
    `  -H "Authorization: Bearer $INGEST_KEY" -H 'Content-Type: application/json' \\`,
    `  -d '${body}'`,
  ];
  return `<pre tabindex="0" aria-label="${call.path} with curl"><code>${escapeHtml(lines.join("\n"))}</code></pre>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
