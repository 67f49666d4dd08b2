// Two contents under one receipt number, side by side: what the ledger has and what the failed job carries; and the button that books the
// second as a sale of its own.
import { booking, type Clash } from "@inventory-sync/operator";
import { confirm } from "../../ui/dialog.ts";
import { type Html, html, signed } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { reasonField } from "./dismiss.ts";

/** Both contents beside each other, with what they differ in. */
export function clashView(
  { eventId, first, second, says, hint, isBooked, bookedAs }: Clash,
  { time }: PageContext,
): Html {
  const told =
    first === null ? "The ledger has no movement of stock under this number: a retry says what is the matter." : says;
  return html`<p><strong>${told}</strong></p>
${hint !== null && html`<p class="wait">${hint}</p>`}
${isBooked && html`<p>The second is booked already, as <code>${bookedAs}</code>.</p>`}
<div class="pair" role="group" aria-label="Both contents of ${eventId}">
<div><strong>The first, in the ledger</strong>${first && html`<p>${first.type}, occurred ${time(first.occurredAt)}, booked ${time(first.recordedAt)}</p>${lineList(first.lines)}`}</div>
<div><strong>The second, not booked</strong><p>${second.type}, occurred ${time(second.occurredAt)}, received ${time(second.receivedAt)}</p>${lineList(second.lines)}</div>
</div>`;
}

function lineList(lines: Clash["second"]["lines"]): Html {
  const items = lines.map(
    ({ idType, idValue, quantity }) =>
      html`<li>${signed(quantity)} ${idValue} <span class="soft">${idType}</span></li>`,
  );
  return html`<ul>${items}</ul>`;
}

/** Jobs that may be booked together. */
export interface Bookable {
  readonly id: string;
  /** Which jobs, as the API takes them. */
  readonly body: object;
  readonly text: string;
  readonly title: string;
  /** What else is to be known before it is done. */
  readonly warning?: string;
  readonly main?: boolean;
}

/** The button that books them, with its dialog. */
export function book({ id, body, text, title, warning, main = false }: Bookable): Html {
  const says = html`<p>${booking.would}</p>
${warning !== undefined && html`<p class="wait">${warning}</p>`}
${reasonField(id)}`;
  return confirm({ id, post: "/api/jobs/book", body, text, main, title, says, verb: "Book" });
}

/** The button for one clash; nothing where it cannot be booked. */
export function bookOne({ jobId, first, second, eventId, kind, bookedAs }: Clash, isMain = false): Html | null {
  if (first === null || bookedAs === null) return null;
  return book({
    id: `book-job-${jobId}`,
    body: { jobIds: [jobId] },
    text: `Book as a ${second.type} of its own`,
    title: `Book the second ${second.type} of the number ${eventId}, as ${bookedAs}?`,
    ...(kind === "resend" && {
      warning: "It looks like the same sale sent again, which is booked already: then its stock would be taken twice.",
    }),
    main: isMain && kind === "stock",
  });
}
