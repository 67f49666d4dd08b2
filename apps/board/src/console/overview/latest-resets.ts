// The latest resets on the overview, and the buttons that begin one.
import type { ResetProgress } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import { confirm, post } from "../frame/confirm.ts";
import { empty, fault } from "../frame/empty.ts";
import { quantity } from "../frame/figures.ts";
import { progress } from "../frame/progress.ts";
import { state } from "../frame/state.ts";
import { table } from "../frame/table.ts";
import type { Eye } from "./attention.ts";
import type { OverviewView } from "./view.ts";

const SHOWN = 5;

/** The section. */
export function latestResetsSection({ resets }: OverviewView, eye: Eye): Html {
  return html`<h2>Latest resets</h2>
${eye.mayAct && begin()}
${resets ? list(resets.slice(0, SHOWN), eye) : fault("The database")}
${resets && resets.length > 0 && html`<p class="after"><a href="/resets">All resets</a></p>`}`;
}

function begin(): Html {
  return html`<div class="acts">
${confirm(
  { id: "run-reset", post: "/api/resets", text: "Run a reset now …", done: "The reset has begun." },
  {
    title: "Run a reset now?",
    says: html`<p>The oldest snapshot file waiting in <code>incoming/</code> is read, and every facility in it is made to agree with what was counted.</p>
<p class="soft">A facility whose count looks wrong is held and changes nothing until somebody decides.</p>`,
    verb: "Run a reset now",
  },
)}
${post({
  ...{ id: "preview-reset", post: "/api/resets", body: { preview: true } },
  ...{ text: "Preview: what would a reset do?", done: "The preview has begun; it changes nothing." },
})}
</div>`;
}

function list(resets: readonly ResetProgress[], { time }: Eye): Html {
  return table({
    caption: "The latest resets",
    columns: [
      { title: "File", wraps: true },
      { title: "Outcome" },
      { title: "Facilities" },
      { title: "Rows", number: true },
      { title: "Rejected", number: true },
      { title: "Corrected", number: true },
      { title: "True at" },
      { title: "Begun" },
    ],
    rows: resets.map((reset) => ({
      key: `reset-${reset.id}`,
      cells: [
        html`<a href="/resets/${reset.id}">${reset.file}</a>${reset.preview && html` <span class="soft">preview</span>`}`,
        state(reset.state),
        reach(reset),
        quantity(reset.rows),
        quantity(reset.rejected),
        quantity(reset.corrected),
        time(reset.asOf, "short"),
        time(reset.createdAt, "short"),
      ],
    })),
    empty: empty(
      "No reset has run yet",
      html`Put a snapshot file into <code>incoming/</code> on the SFTP server; it is run at the next scheduled time, or now.`,
    ),
  });
}

function reach({ facilities, facilitiesDone, facilitiesHeld, facilitiesFailed, finishedAt }: ResetProgress): Html {
  if (finishedAt === null) return progress({ done: facilitiesDone, of: facilities, label: "done" });
  const faults = [
    facilitiesHeld > 0 && `${facilitiesHeld} held`,
    facilitiesFailed > 0 && `${facilitiesFailed} failed`,
  ].filter((each) => each !== false);
  return html`${facilitiesDone} of ${facilities}${faults.length > 0 && html`<br><span class="bad">${faults.join(", ")}</span>`}`;
}
