// The button that dismisses failed jobs: it asks why, and where sales would be lost, for the caller to say that they know how many.
import { dismissing } from "@inventory-sync/operator";
import { confirm } from "../../ui/dialog.ts";
import { type Html, html, plural } from "../../ui/html.ts";

/** Jobs that may be dismissed together. */
export interface Dismissible {
  /** Of the button, the same on every rendering. */
  readonly id: string;
  /** Which jobs, as the API takes them. */
  readonly body: object;
  readonly count: number;
  /** Sales that it would lose. */
  readonly losing: number;
  /** "failed with EVENT_ID_REUSED" */
  readonly which: string;
  /** What the button says. */
  readonly text: string;
  /** For the one thing that most will want here. */
  readonly main?: boolean;
}

/** The field for a reason, which must be given. @param id of the dialog that it stands in */
export function reasonField(id: string): Html {
  return html`<label for="${id}-reason">Reason, for those who look at it later</label>
<input id="${id}-reason" name="reason" type="text" required maxlength="${dismissing.reasonCharactersMax}" autocomplete="off">`;
}

/** The button with its dialog. */
export function dismiss({ id, body, count, losing, which, text, main = false }: Dismissible): Html {
  const says = html`<p>${dismissing.would({ jobs: count, losing })}</p>
${reasonField(id)}
${losing > 0 && html`<label for="${id}-losing"><input id="${id}-losing" name="losing" type="checkbox" required value="${losing}"> I know that ${losing === 1 ? "this sale is" : `these ${plural(losing, "sale")} are`} lost</label>`}`;
  return confirm({
    id,
    post: "/api/jobs/dismiss",
    body,
    text,
    main,
    danger: losing > 0,
    title: `Dismiss ${plural(count, "job")} that ${which}?`,
    says,
    verb: `Dismiss ${plural(count, "job")}`,
  });
}
