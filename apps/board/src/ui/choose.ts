// Choosing several rows of a list and doing one thing to all of them. Each row says which writes of the API it takes; choose.js sends them
// one after another, so that each stands in the audit log and one that is refused keeps none of the others.
import { type Html, html, type Value } from "./html.ts";

/** A write of the API, as one row takes it. */
interface Write {
  readonly post: string;
  readonly body?: object;
  /** What it will do, where that differs from row to row: told of each chosen one in the dialog. */
  readonly says?: string;
}

/** The box of a row. @param id the row's own, the same on every rendering; @param writes by the name of what is done */
export function chooseBox(id: string, label: string, writes: Readonly<Record<string, Write | undefined>>): Html {
  return html`<label class="choose"><input type="checkbox" id="choose-${id}" data-choose="${JSON.stringify(writes)}"><span class="unseen">Choose ${label}</span></label>`;
}

/** One thing that can be done to what is chosen. */
interface ChosenAct {
  /** As the rows name it. */
  readonly name: string;
  readonly text: string;
  /** What will happen, and what is asked for. */
  readonly says: Value;
  readonly danger?: boolean;
}

/** The bar above a list whose rows have boxes: how many are chosen, and what can be done to them. Without scripts it is not there. */
export function chosenBar(id: string, acts: readonly ChosenAct[]): Html {
  return html`<div id="${id}" class="chosen acts" role="group" aria-label="What is chosen" data-chosen hidden>
<span role="status" data-count>None chosen</span>
<button type="button" class="quiet" data-all>Choose all shown</button>
<button type="button" class="quiet" data-none>Choose none</button>
${acts.map((act) => actOf(id, act))}</div>`;
}

function actOf(bar: string, { name, text, says, danger = false }: ChosenAct): Html {
  const dialog = `ask-${bar}-${name}`;
  return html`<button type="button" id="${bar}-${name}" class="${danger ? "danger" : "quiet"}" data-opens="${dialog}" aria-haspopup="dialog" disabled>${text}</button>
<dialog id="${dialog}" aria-labelledby="${dialog}-title"><article>
<h2 id="${dialog}-title">${text}: <span data-chosen-count>0</span> chosen</h2>
<ul data-chosen-says="${name}" hidden></ul>
<div>${says}</div>
<div class="acts"><button type="button" data-closes="${dialog}" class="quiet">Cancel</button>
<button type="button" id="${bar}-${name}-yes" class="${danger ? "danger" : "main"}" data-each="${name}">${text}</button></div>
</article></dialog>`;
}
