// The ledger of one product at one facility: every movement in the order of recording, absorbed ones clearly so.
import type { LedgerEntry, LedgerPlace, LevelPlace } from "@inventory-sync/db";
import { writeCursor } from "../../asked.ts";
import { type Html, html } from "../../html.ts";
import { empty } from "../frame/empty.ts";
import { quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { state } from "../frame/state.ts";
import { table } from "../frame/table.ts";
import { address } from "../paging.ts";
import { change, signed } from "../resets/words.ts";
import { idPart, productHref } from "./links.ts";

interface LedgerPage {
  readonly entries: readonly LedgerEntry[];
  readonly next: LedgerPlace | undefined;
  readonly isFirst: boolean;
}

/** The section with a page of the ledger. */
export function ledgerSection(place: LevelPlace, { entries, next, isFirst }: LedgerPage, look: Look): Html {
  const path = productHref(place);
  return html`<section id="ledger" aria-labelledby="ledger-title">
<h2 id="ledger-title">Ledger${!isFirst && " (older)"}</h2>
${table({
  caption: "Movements, newest first, in the order in which they were recorded",
  columns: [
    { title: "What" },
    { title: "Quantity", number: true },
    { title: "Effect", number: true },
    { title: "On hand after", number: true },
    { title: "Occurred" },
    { title: "Recorded" },
    { title: "Event", wraps: true },
  ],
  rows: entries.map((entry) => ({
    key: `movement-${idPart(entry.eventId)}-${entry.line}`,
    cells: cells(place, entry, look),
  })),
  empty: empty("No movement yet.", "Its level was set by a snapshot that agreed with nothing on hand."),
})}
<nav class="pager" aria-label="Pages of the ledger">${!isFirst && html`<a href="${path}#ledger">← Newest</a>`}
${next && html`<a href="${address(path, { cursor: writeCursor(next) })}#ledger" rel="next">Older movements →</a>`}</nav>
</section>`;
}

function cells({ facilityId }: LevelPlace, entry: LedgerEntry, look: Look) {
  const { type, eventId, quantity: asked, effect, absorbed, resetId } = entry;
  const isReset = type === "correction" || type === "revert";
  const event = isReset
    ? resetId !== null && html`<a href="/resets/${resetId}">reset</a>`
    : html`<a href="/api/facilities/${encodeURIComponent(facilityId)}/events/${encodeURIComponent(eventId)}">${eventId}</a>`;
  const by =
    absorbed && resetId !== null && html` <span class="soft">by <a href="/resets/${resetId}">this count</a></span>`;
  return [
    html`${type.replaceAll("-", " ")}${absorbed && html`<br>${state("absorbed", "wait")}${by}`}`,
    absorbed ? html`<s>${signed(asked)}</s>` : signed(asked),
    absorbed ? html`<span class="soft">0</span>` : change(effect),
    quantity(entry.onHandAfter),
    look.time(entry.occurredAt),
    look.time(entry.recordedAt),
    event,
  ];
}
