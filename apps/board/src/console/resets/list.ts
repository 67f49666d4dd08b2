// GET /resets: every run over a snapshot file with its outcome, and what waits in incoming/ with the buttons to run it.
import { pageOfResets, type ResetProgress } from "@inventory-sync/db";
import { askedByWords } from "@inventory-sync/domain";
import { resetPlace } from "../../api/resets.ts";
import { readCursor, writeCursor } from "../../asked.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import type { Parts } from "../../parts.ts";
import { confirm, post } from "../frame/confirm.ts";
import { empty } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { progress } from "../frame/progress.ts";
import { state } from "../frame/state.ts";
import { type Row, table } from "../frame/table.ts";
import { time } from "../frame/time.ts";
import { address } from "../paging.ts";
import { idPart } from "../stock/links.ts";
import { type WaitingFiles, waitingFiles } from "./inbox.ts";
import { rowsStaged } from "./staged.ts";
import { change, duration, size } from "./words.ts";

const RESETS_SHOWN = 25;

/** Of very many files the others take their turn. */
const FILES_SHOWN = 200;

/** GET /resets */
export const showResets: Endpoint = {
  method: "get",
  path: "/resets",
  access: "viewer",
  summary: "Resets with their outcome and what waits in incoming/, for people",
  query: [{ name: "cursor", description: "Where an older page begins", schema: { type: "string" } }],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const after = readCursor(request, resetPlace);
    const look = await lookOf(parts, request, response, { live: "resets" });
    const [{ resets, next }, waiting] = await Promise.all([
      pageOfResets(parts.database, { after, limit: RESETS_SHOWN }),
      after ? undefined : waitingFiles(parts),
    ]);
    const rows = await Promise.all(resets.map((reset) => resetRow(parts, reset, look)));
    const main = html`<h1>Resets</h1>
<p class="soft">Each is one run over one snapshot file: what the POS counted, made true in the ledger with the sales since.</p>
${after ? html`<p><a href="/resets">← Back to the newest</a></p>` : waitingSection(waiting, resets, look)}
<h2>${after ? "Older resets" : "Latest resets"}</h2>
${table({ caption: "Resets, newest first", columns: COLUMNS, rows, empty: nothingYet(look) })}
${next && html`<nav class="pager" aria-label="Pages of resets"><a href="${address("/resets", { cursor: writeCursor(next) })}" rel="next">Older resets →</a></nav>`}`;
    sendPage(response, 200, frame({ title: "Resets", nav: "resets", look }, main));
  },
};

function nothingYet({ resetZone }: Look): Html {
  return empty(
    "No reset has run yet.",
    html`Put a snapshot file into <code>incoming/</code> on the SFTP server, under a name that ends in .csv, .csv.gz or .txt, with a header such as
<code>facilityId,sku,quantity</code>. Write it under a name that ends in <code>.part</code> and rename it when it is whole. It is run at the next
scheduled time (${resetZone}), or at once from here.`,
  );
}

function waitingSection(waiting: WaitingFiles, resets: readonly ResetProgress[], look: Look): Html {
  const open = new Set(
    resets.filter((reset) => reset.finishedAt === null && !reset.preview).map((reset) => reset.file),
  );
  const files = waiting?.filter((file) => !open.has(file.name));
  return html`<h2>Waiting in incoming/</h2>
<div id="waiting">${waitingList(files, look)}</div>`;
}

function waitingList(files: WaitingFiles, look: Look): Html {
  if (files === undefined) {
    return html`<div class="empty fault" role="alert"><p><strong>The SFTP server did not answer, so it is not known what waits.</strong></p>
<p>Nothing is lost: files stay there until they are taken. Look again in a moment.</p></div>`;
  }
  if (files.length === 0) {
    return empty(
      "No snapshot file waits.",
      html`A file that is put into <code>incoming/</code> on the SFTP server appears here. It is run at the next scheduled time, or at once with a button that then stands here.`,
    );
  }
  const shown = files.slice(0, FILES_SHOWN);
  const more =
    files.length > shown.length &&
    html`<p class="soft">The oldest ${quantity(shown.length)} of ${quantity(files.length)} files that wait.</p>`;
  return html`${table({
    caption: "Files that wait, oldest first",
    columns: [{ title: "File", wraps: true }, { title: "Size", number: true }, { title: "Written" }, { title: "Act" }],
    rows: shown.map((file) => ({
      key: `file-${idPart(file.name)}`,
      cells: [
        file.name,
        size(file.size),
        look.time(new Date(file.modifiedAtMs)),
        look.mayAct ? fileActs(file.name) : html`<span class="soft">for operators</span>`,
      ],
    })),
    empty: html``,
  })}${more}`;
}

function fileActs(file: string): Html {
  const previewId = `preview-${idPart(file)}`;
  const preview = { id: previewId, post: "/api/resets", body: { file, preview: true }, text: "Preview" };
  const run = { id: `run-${idPart(file)}`, post: "/api/resets", body: { file }, text: "Run now", main: true };
  return html`<div class="acts">${post({ ...preview, done: "The preview has begun; it changes nothing." })}
${confirm(
  { ...run, done: "The reset has begun. Its progress stands here." },
  {
    title: `Run a reset over ${file} now?`,
    says: html`<p>Every product that the file counts is set to its count, plus the sales since the count was true. Facilities are locked one at a time, for
seconds at most; a facility whose count looks wrong is held and asks first.</p>
<p>How many products and units would change is not known before the file has been read: a preview says it, and changes nothing.
Afterwards a reset can be reverted, per facility or as a whole.</p>`,
    verb: "Run it now",
  },
)}</div>`;
}

const COLUMNS = [
  { title: "File", wraps: true },
  { title: "Outcome", wraps: true },
  { title: "Rows", number: true },
  { title: "Rejected", number: true },
  { title: "Corrected", number: true },
  { title: "Units changed", number: true },
  { title: "Counted at" },
  { title: "Begun" },
];

async function resetRow(parts: Parts, reset: ResetProgress, look: Look): Promise<Row> {
  const name = html`<a href="/resets/${reset.id}">${reset.file}</a><br><span class="soft">${reset.preview && "preview · "}${askedByWords(reset.requestedBy)}</span>`;
  const took = reset.finishedAt && duration(reset.finishedAt.getTime() - reset.createdAt.getTime());
  return {
    key: `reset-${reset.id}`,
    cells: [
      name,
      html`${state(reset.state)}<br>${await outcome(parts, reset, look)}`,
      quantity(reset.rows),
      reset.rejected > 0 ? html`<a href="/resets/${reset.id}#rejects">${quantity(reset.rejected)}</a>` : "0",
      quantity(reset.preview ? reset.corrected : reset.correctedApplied),
      reset.preview || reset.correctedApplied === 0 ? html`<span class="soft">–</span>` : change(reset.unitsChanged),
      time(reset.asOf, look.zone, "short"),
      html`${time(reset.createdAt, look.zone, "short")}${took && html`<br><span class="soft">took ${took}</span>`}`,
    ],
  };
}

async function outcome(parts: Parts, reset: ResetProgress, look: Look): Promise<Html | string> {
  if (reset.outcome !== null) return message(reset.outcome, look);
  const { facilities, facilitiesDone, facilitiesHeld, facilitiesFailed } = reset;
  if (reset.state === "staging") {
    const staged = await rowsStaged(parts, reset);
    return staged === null ? "waiting for the file to stand still" : `${quantity(staged)} rows staged`;
  }
  const faults = [
    facilitiesHeld > 0 && `${quantity(facilitiesHeld)} held`,
    facilitiesFailed > 0 && `${quantity(facilitiesFailed)} failed`,
  ].filter((each) => each !== false);
  const suffix = faults.length > 0 && html` <span class="bad">${faults.join(", ")}</span>`;
  if (reset.finishedAt === null)
    return html`${progress({ done: facilitiesDone, of: facilities, label: "facilities" })}${suffix}`;
  return html`${plural(facilities, "facility", "facilities")}${suffix}`;
}
