// What an installation in which no count has run says on its overview: which things to do first, each as it can be copied.
import { type Html, html } from "../../ui/html.ts";

const FILE = `externalFacilityId,sku,availableQty
S001,A-1,12
S001,A-2,5`;

function sale(ingestUrl: string): string {
  return `curl -X POST ${ingestUrl}/v1/events \\
  -H "Authorization: Bearer $INGEST_KEY" -H "Content-Type: application/json" \\
  -d '{"eventId": "first-1", "facilityId": "S001", "type": "sale",
       "occurredAt": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "lines": [{"sku": "A-1", "quantity": 1}]}'`;
}

/** The first three things to do. @param ingestUrl where senders reach ingest; undefined where the board was not told */
export function firstSteps(ingestUrl: string | undefined): Html {
  return html`<h2>What to do first</h2>
<div class="cards steps">
<article><h3>1. Say which stores there are</h3>
<p><a href="/facilities">Add them here</a>, or from a file with <code>ops facilities import FILE.csv</code>. Where
<code>UNKNOWN_FACILITY</code> is <code>create</code>, as with <code>npm start</code>, a store becomes known by its first sale or count.</p></article>
<article><h3>2. Send a sale</h3>
<p>Its store and product appear here within a second, at 1 below zero until they are counted. The key is what
<code>ops keys create NAME</code> prints; with <code>npm start</code> it is <code>ingestKey</code> in <code>credentials.json</code>.</p>
${copyable("first-sale", "A sale, with curl", sale(ingestUrl ?? "$INGEST_URL"))}</article>
<article><h3>3. Drop a count</h3>
<p>Put a file like this into <code>incoming/</code> on the SFTP server. It is run at the next scheduled time, or now with the button below.</p>
${copyable("first-file", "A snapshot file", FILE)}</article>
</div>`;
}

function copyable(id: string, label: string, text: string): Html {
  return html`<pre tabindex="0" aria-label="${label}"><code id="${id}">${text}</code></pre>
<div class="acts"><button type="button" class="quiet" data-copies="${id}" aria-label="Copy: ${label}">Copy</button></div>`;
}
