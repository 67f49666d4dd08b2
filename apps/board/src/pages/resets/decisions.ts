// The buttons that decide about held facilities, each with what it will do said first; and the card of a facility that needs a decision.
import type { Database } from "@inventory-sync/db";
import {
  acknowledging,
  type Decidable,
  decisionWords,
  type FacilityPart,
  type LargeCorrection,
  largestCorrections,
  listedText,
  partWord,
  type Reset,
  readPart,
  type Verdict,
  whyHeld,
} from "@inventory-sync/operator";
import { chooseBox, chosenBar } from "../../ui/choose.ts";
import { confirm } from "../../ui/dialog.ts";
import { change, type Html, html, plural, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { message, state } from "../../ui/pieces.ts";
import { facilityHref, idPart, partHref } from "../stock/links.ts";

const PRODUCTS_NAMED = 5;
const FACILITIES_NAMED = 12;

/** Approve and reject, of one held facility or of all these. @param more is told in the dialog of what approving does */
export function decisionButtons(
  resetId: string,
  held: readonly Decidable[],
  { absentRows }: Pick<PageContext, "absentRows">,
  more: Html | null = null,
): Html {
  const [only] = held.length === 1 ? held : [];
  const api = only ? addressOf(resetId, only.facilityId) : `/api/resets/${resetId}`;
  const button = (verdict: Verdict, text: string) => {
    const { title, would, notes, verb, did, isDanger } = decisionWords(verdict, held, { absentRows });
    return confirm({
      id: `${verdict}-${resetId}-${only ? idPart(only.facilityId) : "all"}`,
      post: `${api}/${verdict}`,
      body: only ? {} : { facilityIds: held.map(({ facilityId }) => facilityId) },
      text: only ? `${text} …` : `${text} ${held.length === 2 ? "both" : `all ${held.length}`} …`,
      done: did,
      danger: isDanger,
      main: verdict === "approve" && only !== undefined,
      title,
      says: html`<p><strong>${would}</strong></p>${only ? null : named(held)}${verdict === "approve" && more}<p>${notes}</p>
${reasonField(`${verdict}-${resetId}-${only ? idPart(only.facilityId) : "all"}`)}`,
      verb,
    });
  };
  return html`<div class="acts">${button("approve", "Approve")}${button("reject", "Reject")}</div>`;
}

/** The box by which a held facility is chosen, to be decided together with others. */
function chooseHeld(resetId: string, part: FacilityPart, { absentRows }: Pick<PageContext, "absentRows">): Html {
  const api = addressOf(resetId, part.facilityId);
  const write = (verdict: Verdict) => ({
    post: `${api}/${verdict}`,
    says: decisionWords(verdict, [part], { absentRows }).verb,
  });
  return chooseBox(`held-${idPart(part.facilityId)}`, part.facilityId, {
    approve: write("approve"),
    reject: write("reject"),
  });
}

/** Approve and reject, of those held facilities that are chosen. */
export function decideChosen(): Html {
  const act = (verdict: Verdict, text: string, after: string) => ({
    ...{ name: verdict, text, danger: verdict === "reject" },
    says: html`<p>${after}</p>${reasonField(`chosen-${verdict}`)}`,
  });
  return chosenBar("chosen-held", [
    act(
      "approve",
      "Approve",
      "These figures are as of when they were held; sales since then stay counted. Each can be reverted while it is the store's latest reset.",
    ),
    act(
      "reject",
      "Reject",
      "They cannot be approved afterwards: the rows are thrown away. A later file counts the stores again.",
    ),
  ]);
}

/** Where the reason of a decision is noted; it goes along with what the button beside it sends. */
export function reasonField(id: string): Html {
  return html`<label for="${id}-reason">Reason, for colleagues and the audit log (optional)</label>
<input id="${id}-reason" name="reason" type="text" maxlength="${acknowledging.noteCharactersMax}" autocomplete="off">`;
}

/** The API's address of a facility's part of a reset. */
export function addressOf(resetId: string, facilityId: string): string {
  return `/api/resets/${resetId}/facilities/${encodeURIComponent(facilityId)}`;
}

function named(held: readonly Decidable[]): Html {
  const more = held.length - FACILITIES_NAMED;
  const ids = held.slice(0, FACILITIES_NAMED).map(({ facilityId }) => facilityId);
  return html`<p>${ids.join(", ")}${more > 0 && html` and ${plural(more, "more store")}`}.</p>`;
}

interface Undecided {
  readonly part: FacilityPart;
  readonly largest: readonly LargeCorrection[];
}

/** Reads the most affected products of facilities. */
export function undecided(database: Database, resetId: string, parts: readonly FacilityPart[]): Promise<Undecided[]> {
  return Promise.all(parts.map(async (part) => ({ part, largest: await largestOf(database, { ...part, resetId }) })));
}

/** What a part changes most, or would. */
export async function largestOf(
  database: Database,
  { resetId, facilityId, corrected }: Pick<FacilityPart, "facilityId" | "corrected"> & { readonly resetId: string },
): Promise<LargeCorrection[]> {
  return corrected === 0 ? [] : largestCorrections(database, { resetId, facilityId, limit: PRODUCTS_NAMED });
}

/** The card of a facility: why it is as it is, its figures, what can be decided. @param among others it can be chosen with */
export function decisionCard(
  reset: Pick<Reset, "id" | "preview">,
  { part, largest }: Undecided,
  context: Pick<PageContext, "time" | "mayAct" | "absentRows">,
  among = false,
): Html {
  const { facilityId } = part;
  const word = partWord(part, reset);
  const why = whyHeld(part) ?? part.error;
  const isChosen = among && word === "held" && context.mayAct;
  const isOpen = word === "held" || word === "would-be-held";
  const decided =
    part.decidedBy !== null &&
    html`<p class="soft">${part.state} by ${part.decidedBy}, ${context.time(part.decidedAt)}${part.decidedBecause !== null && html`: “${part.decidedBecause}”`}</p>`;
  return html`<article id="card-${idPart(facilityId)}">
<h3>${isChosen && chooseHeld(reset.id, part, context)}<a href="${facilityHref(facilityId)}">${facilityId}</a> ${state(word)}</h3>
${why !== null && html`<p class="fault">${message(why, context)}</p>`}
${decided}
${word !== "failed" && html`<p>${listedText([part], context)}</p>`}
<dl class="figures">
<div><dt>${isOpen ? "Would be corrected" : "Corrected"}</dt><dd>${plural(part.corrected, "product")}</dd></div>
<div><dt>Units</dt><dd>${change(part.unitsAfter - part.unitsBefore)}</dd></div>
<div><dt>Rows</dt><dd>${quantity(part.rows)}${part.rejected > 0 && html`, ${quantity(part.rejected)} rejected`}</dd></div>
</dl>
${mostAffected(largest)}
${whatToDo(reset.id, { part, largest }, word, context)}
<p class="soft"><a href="${partHref(reset.id, facilityId)}#corrections">Its corrections</a></p>
</article>`;
}

function whatToDo(
  resetId: string,
  { part, largest }: Undecided,
  word: string,
  context: Pick<PageContext, "mayAct" | "absentRows">,
): Html | null {
  if (word === "failed")
    return html`<p class="soft">Its stock is as it was. Send the file again, or wait for the next one.</p>`;
  if (word === "would-be-held")
    return html`<p class="soft">A reset holds it: nothing changes until an operator approves.</p>`;
  if (word !== "held") return null;
  return context.mayAct
    ? decisionButtons(resetId, [part], context, mostAffected(largest))
    : html`<p class="soft">An operator approves or rejects it. Until then its stock stays, and its sales count.</p>`;
}

/** What is held at one facility, to be decided on its own page; nothing when nothing is. */
export async function heldAt(
  database: Database,
  { facilityId, resetIds }: { readonly facilityId: string; readonly resetIds: readonly string[] },
  context: PageContext,
): Promise<Html | null> {
  if (resetIds.length === 0) return null;
  const cards = resetIds.map(async (resetId) => {
    const { reset, part } = await readPart(database, resetId, facilityId);
    return (await undecided(database, resetId, [part])).map((each) => decisionCard(reset, each, context));
  });
  return html`<section id="attention" aria-labelledby="attention-title"><h2 id="attention-title">Needs a decision</h2>
<div class="cards wide">${await Promise.all(cards)}</div></section>`;
}

/** The products whose correction is largest, by name. */
export function mostAffected(largest: readonly LargeCorrection[]): Html | null {
  if (largest.length === 0) return null;
  return html`<p>Most affected: ${largest.map(
    ({ idValue, before, after }, index) =>
      html`${index > 0 && ", "}<span class="named">${idValue} (${quantity(before)} → ${quantity(after)})</span>`,
  )}.</p>`;
}
