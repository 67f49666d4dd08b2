// What is done about failed jobs besides retrying them: those of a receipt number that was used twice are shown with both contents, and
// booked as sales of their own; others are dismissed, which asks why and, where sales would be lost, that it is known how many.
import { booking, type Clash, dismissing } from "@inventory-sync/operator";
import { type Act, confirm } from "../../ui/dialog.ts";
import { type Html, html, plural, signed } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";

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

interface Bookable extends Pick<Act, "id" | "body" | "text" | "main"> {
  readonly title: string;
  /** What else is to be known before it is done. */
  readonly warning?: string;
}

/** The button that books them, with its dialog. */
export function book({ warning, ...act }: Bookable): Html {
  const says = html`<p>${booking.would}</p>
${warning !== undefined && html`<p class="wait">${warning}</p>`}
${reasonField(act.id)}`;
  return confirm({ ...act, post: "/api/jobs/book", says, verb: "Book" });
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

interface Dismissible extends Pick<Act, "id" | "body" | "text" | "main"> {
  readonly count: number;
  /** Sales that it would lose. */
  readonly losing: number;
  /** "failed with EVENT_ID_REUSED" */
  readonly which: string;
}

/** The field for a reason, which must be given. @param id of the dialog that it stands in */
export function reasonField(id: string): Html {
  return html`<label for="${id}-reason">Reason, for those who look at it later</label>
<input id="${id}-reason" name="reason" type="text" required maxlength="${dismissing.reasonCharactersMax}" autocomplete="off">`;
}

/** The button with its dialog. */
export function dismiss({ count, losing, which, ...act }: Dismissible): Html {
  const { id } = act;
  const says = html`<p>${dismissing.would({ jobs: count, losing })}</p>
${reasonField(id)}
${losing > 0 && html`<label for="${id}-losing"><input id="${id}-losing" name="losing" type="checkbox" required value="${losing}"> I know that ${losing === 1 ? "this sale is" : `these ${plural(losing, "sale")} are`} lost</label>`}`;
  return confirm({
    ...act,
    post: "/api/jobs/dismiss",
    danger: losing > 0,
    title: `Dismiss ${plural(count, "job")} that ${which}?`,
    says,
    verb: `Dismiss ${plural(count, "job")}`,
  });
}
