// What operators say of which facilities there are: the buttons that make one known, name and retire it; and above the list of
// facilities those that are named by what came in and that nobody has made known yet.
import { FACILITY_NAME_LENGTH_MAX, type NamedFacilities, retiringFacility } from "@inventory-sync/operator";
import { confirm, post } from "../../ui/dialog.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { tableOf } from "../../ui/table.ts";
import { facilityHref, idPart } from "./links.ts";

const ID_LENGTH_MAX = 128;
const SHOWN_MAX = 50;
/** What one press of the button may add: as much as a page need carry. */
const ADDED_AT_ONCE_MAX = 1_000;

/** Makes a facility known. @param facilityId where it is named already */
export function addButton(facilityId?: string): Html {
  const id = `add-${facilityId === undefined ? "facility" : idPart(facilityId)}`;
  const idField = html`<label for="${id}-id">Id, as its POS sends it</label>
<input id="${id}-id" name="facilityId" type="text" required maxlength="${ID_LENGTH_MAX}" autocomplete="off" spellcheck="false" placeholder="S007">`;
  return confirm({
    id,
    post: "/api/facilities",
    body: facilityId === undefined ? {} : { facilityId },
    text: facilityId === undefined ? "Add a store" : "Add",
    done: "The store is known. What failed for it can be retried from the page of stores.",
    main: facilityId === undefined,
    title: facilityId === undefined ? "Add a store" : `Add ${facilityId}?`,
    says: html`${facilityId === undefined && idField}
<label for="${id}-name">Name, for people (optional)</label>
<input id="${id}-name" name="name" type="text" maxlength="${FACILITY_NAME_LENGTH_MAX}" autocomplete="off" placeholder="Main Street">
<p>From then on its sales are applied, and files may count it.</p>`,
    verb: "Add",
  });
}

/** Names a facility for people. */
export function renameButton(facilityId: string, name: string | null): Html {
  const id = `rename-${idPart(facilityId)}`;
  return confirm({
    id,
    post: `/api${facilityHref(facilityId)}/rename`,
    text: name === null ? "Name it" : "Rename",
    done: "Named.",
    title: `Name ${facilityId}`,
    says: html`<label for="${id}-name">Name, for people; empty for none</label>
<input id="${id}-name" name="name" type="text" maxlength="${FACILITY_NAME_LENGTH_MAX}" autocomplete="off" value="${name ?? ""}">
<p>Its id stays: that is what its POS and the files say.</p>`,
    verb: "Save",
  });
}

/** Retires a facility, or brings a retired one back. @param units on hand there */
export function retireButton(facilityId: string, of: { readonly isRetired: boolean; readonly units: number }): Html {
  if (of.isRetired)
    return post({
      id: `restore-${idPart(facilityId)}`,
      post: "/api/facilities",
      body: { facilityId },
      text: "Bring back",
      done: "It is in use again.",
    });
  return confirm({
    id: `retire-${idPart(facilityId)}`,
    post: `/api${facilityHref(facilityId)}/retire`,
    text: "Retire",
    done: "It is retired.",
    title: `Retire ${facilityId}?`,
    says: html`<p>${retiringFacility.says}</p>${of.units !== 0 && html`<p>${retiringFacility.left(of.units)}</p>`}`,
    verb: "Retire",
  });
}

/** Facilities that are named and not known, and the failed jobs of those that are known by now; nothing where there are none. */
export function namedSection({ unknown, known }: NamedFacilities, context: PageContext): Html | null {
  if (unknown.length + known.length === 0) return null;
  const shown = unknown.slice(0, SHOWN_MAX);
  return html`<section id="named" aria-labelledby="named-title"><h2 id="named-title">${unknown.length > 0 ? "Named, but not known" : "Known by now"}</h2>
${unknown.length > 0 && html`<p class="soft">Sales and counts of these stores came in and could not be used. Check the ids: a misspelt one is corrected at its sender.</p>`}
${
  unknown.length > 0 &&
  tableOf({
    caption: "Stores that are named and not known",
    items: shown,
    key: ({ facilityId }) => `named-${idPart(facilityId)}`,
    columns: [
      { title: "Store", wraps: true, cell: ({ facilityId }) => facilityId },
      { title: "Failed jobs", number: true, cell: ({ failedJobs }) => quantity(failedJobs) },
      {
        title: "Rejected rows",
        wraps: true,
        cell: ({ rejectedRows, resetId, file }) =>
          resetId === null ? "0" : html`${quantity(rejectedRows)} of <a href="/resets/${resetId}#rejects">${file}</a>`,
      },
      {
        title: "Act",
        cell: ({ facilityId }) =>
          context.mayAct ? addButton(facilityId) : html`<span class="soft">for operators</span>`,
      },
    ],
  })
}
${unknown.length > shown.length && html`<p class="soft">The first ${quantity(shown.length)} of ${quantity(unknown.length)}.</p>`}
${context.mayAct && unknown.length > 1 && addAll(unknown)}
${known.length > 0 && waiting(known, unknown.length === 0, context)}</section>`;
}

function addAll(unknown: NamedFacilities["unknown"]): Html {
  const facilities = unknown.slice(0, ADDED_AT_ONCE_MAX).map(({ facilityId }) => ({ facilityId }));
  const isFile = unknown.some(({ resetId }) => resetId !== null);
  return html`<p class="acts">${confirm({
    id: "add-named",
    post: "/api/facilities/import",
    body: { facilities },
    text: `Add all ${quantity(facilities.length)}`,
    done: "They are known. What failed for them can be retried from this page.",
    title: `Add ${plural(facilities.length, "store")}?`,
    says: html`<p>All that are named above become stores.${isFile && html` Then put the file's <code>.rejects.csv</code> from <code>error/</code> back into <code>incoming/</code>: its rows are applied as of their own time.`}</p>`,
    verb: `Add ${plural(facilities.length, "store")}`,
  })}</p>`;
}

function waiting(known: NamedFacilities["known"], isAllKnown: boolean, context: PageContext): Html {
  const jobs = known.reduce((sum, { failedJobs }) => sum + failedJobs, 0);
  const [only] = known.length === 1 ? known : [];
  const where = only ? `${only.facilityId} was` : `${plural(known.length, "store")} were`;
  const each = isAllKnown ? [undefined] : known.slice(0, SHOWN_MAX);
  return html`<p>${plural(jobs, "job")} failed because ${where} not known; ${only ? "it is" : "they are"} now.</p>
<div class="acts">${context.mayAct && each.map((one) => retryKnown(one, jobs))}</div>`;
}

/** Tries again what failed for one facility, or all that failed for this cause where none of them is unknown any more. */
function retryKnown(known: NamedFacilities["known"][number] | undefined, all: number): Html {
  return post({
    id: `retry-known${known ? `-${idPart(known.facilityId)}` : ""}`,
    post: "/api/jobs/retry",
    body: { error: "UNKNOWN_FACILITY", facilityId: known?.facilityId },
    text: known ? `Retry ${quantity(known.failedJobs)} of ${known.facilityId}` : `Retry ${plural(all, "job")}`,
    main: known === undefined,
  });
}
