// What an installation without anything in it says: what to do first.
import { type Html, html } from "../../html.ts";

const SALE = `curl -X POST http://localhost:3000/v1/events \\
  -H "Authorization: Bearer $INGEST_KEY" -H "Content-Type: application/json" \\
  -d '{"eventId": "first-1", "facilityId": "S001", "type": "sale",
       "occurredAt": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "lines": [{"sku": "A-1", "quantity": 1}]}'`;

const FILE = `externalFacilityId,sku,availableQty
S001,A-1,12
S001,A-2,5`;

/** The first two things to do. */
export function firstSteps(): Html {
  return html`<h2>What to do first</h2>
<div class="cards steps">
<article><h3>1. Send a sale</h3>
<p>Its facility and product appear here within a second. The key and the address of ingest stand in <code>credentials.json</code> of the data folder.</p>
<pre tabindex="0" aria-label="A sale, with curl"><code>${SALE}</code></pre></article>
<article><h3>2. Drop a count</h3>
<p>Put a file like this into <code>incoming/</code> on the SFTP server. It is run at the next scheduled time, or now with the button below.</p>
<pre tabindex="0" aria-label="A snapshot file"><code>${FILE}</code></pre></article>
</div>`;
}
