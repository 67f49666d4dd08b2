// GET /resets: every run over a snapshot file with its outcome, and what waits in incoming/ with the buttons to run it.

import { askedByWords, DEFAULT_SOURCE } from "@inventory-sync/domain";
import { listResets, type Reset, storesText, type Waiting } from "@inventory-sync/operator";
import { resetPlace } from "../../api/resets.ts";
import { readCursor, writeCursor } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import type { Parts } from "../../parts.ts";
import { confirm, post } from "../../ui/dialog.ts";
import { change, duration, type Html, html, quantity, size } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address, csvLink } from "../../ui/paging.ts";
import { dash, empty, message, progress, state } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { idPart } from "../stock/links.ts";
import { rowsStaged, waitingFiles } from "./report.ts";

const RESETS_SHOWN = 25;

/** Of very many files the others take their turn. */
const FILES_SHOWN = 200;

export const showResets = page({
  path: "/resets",
  nav: "resets",
  // How far the latest are, and what waits in incoming/.
  topic: {
    name: "resets",
    read: async (parts) => [await listResets(parts.database, { limit: RESETS_SEEN }), await waitingFiles(parts)],
  },
  summary: "Resets with their outcome and what waits in incoming/, for people",
  query: [textQuery("cursor", "Where an older page begins")],
  async show(parts, context, request) {
    const after = readCursor(request, resetPlace);
    const [{ resets, next }, waiting] = await Promise.all([
      listResets(parts.database, { after, limit: RESETS_SHOWN }),
      after ? undefined : waitingFiles(parts),
    ]);
    const shown = await withStaged(parts.queues, resets);
    const main = html`<h1>Resets</h1>
<p class="soft">A reset sets stock to the POS count, plus sales since the count.</p>
${after ? html`<p><a href="/resets">← Back to the newest</a></p>` : waitingSection(waiting, { resets, sources: parts.sources.all().map(({ name }) => name) }, context)}
<h2>${after ? "Older resets" : "Latest resets"}</h2>
${resetsTable(shown, context)}
${next && html`<nav class="pager" aria-label="Pages of resets"><a href="${address("/resets", { cursor: writeCursor(next) })}" rel="next">Older resets →</a></nav>`}
${csvLink("/api/resets.csv")}`;
    return { title: "Resets", main };
  },
});

const RESETS_SEEN = 50;

function waitingSection(
  waiting: Waiting | undefined,
  { resets, sources }: { readonly resets: readonly Reset[]; readonly sources: readonly string[] },
  context: PageContext,
): Html {
  const key = ({ source, file }: { readonly source: string; readonly file: string }) => `${source} ${file}`;
  const open = new Set(resets.filter((reset) => reset.finishedAt === null && !reset.preview).map(key));
  const files = waiting?.files.filter(({ source, name }) => !open.has(key({ source, file: name }))) ?? [];
  const away = [...(waiting?.away.keys() ?? [])];
  const isOne = sources.length === 1;
  return html`<h2>Waiting in incoming/</h2>
<div id="waiting">${away.map((source) => awayBox(isOne ? undefined : source))}${(files.length > 0 || away.length === 0) && waitingList(files, context, isOne)}</div>
${context.mayAct && uploadForm(sources)}`;
}

/** A file from the operator's desk goes into incoming/, where it waits like any other; upload.js sends it to the API. */
function uploadForm(sources: readonly string[]): Html {
  const choice =
    sources.length > 1 &&
    html` <label for="upload-source">Source</label><select id="upload-source" name="source" required>
<option value="">Choose one</option>${sources.map((name) => html`<option value="${name}">${name}</option>`)}</select>`;
  return html`<form id="upload" data-upload="/api/incoming/" class="filter">
<label for="upload-file">A file from this computer</label><input id="upload-file" type="file" accept=".csv,.gz,.txt" required>${choice}
<button type="submit" class="quiet">Put it into incoming/</button></form>`;
}

function awayBox(source: string | undefined): Html {
  const whose = source === undefined ? "" : ` of ${source}`;
  return html`<div class="empty fault" role="alert"><p><strong>The SFTP server${whose} did not answer, so it is not known what waits.</strong></p>
<p>Nothing is lost: files stay there until they are taken. Look again in a moment.</p></div>`;
}

function waitingList(files: Waiting["files"], context: PageContext, isOneSource: boolean): Html {
  if (files.length === 0) {
    return empty(
      "No file is waiting.",
      html`A file that is put into <code>incoming/</code> on the SFTP server appears here. It runs at the next scheduled time. You can also run it now from here.`,
    );
  }
  const shown = files.slice(0, FILES_SHOWN);
  const more =
    files.length > shown.length &&
    html`<p class="soft">The oldest ${quantity(shown.length)} of ${quantity(files.length)} files that wait.</p>`;
  return html`${tableOf({
    caption: "Files that wait, oldest first",
    folds: false,
    items: shown,
    key: ({ source, name }) => `file-${isOneSource ? "" : `${source}-`}${idPart(name)}`,
    columns: [
      { title: "File", wraps: true, cell: ({ name }) => name },
      ...(isOneSource ? [] : [{ title: "Source", cell: ({ source }: Waiting["files"][number]) => source }]),
      { title: "Size", number: true, cell: (file) => size(file.size) },
      { title: "Written", cell: ({ modifiedAtMs }) => context.time(new Date(modifiedAtMs)) },
      {
        title: "Act",
        cell: ({ name, source }) =>
          context.mayAct
            ? runOne(name, isOneSource ? undefined : source)
            : html`<span class="soft">for operators</span>`,
      },
    ],
  })}${more}`;
}

/** Preview and run over the oldest file that waits; where there are several sources, that is chosen on the page of resets. */
export function runButtons(sources: readonly string[]): Html {
  if (sources.length <= 1) return runOne(undefined, undefined);
  return html`<p><a href="/resets">Choose a waiting file, and run it</a></p>`;
}

/** Preview and run, over one file or over the oldest that waits. @param source undefined where there is only one */
function runOne(file: string | undefined, source: string | undefined): Html {
  const id = file === undefined ? "reset" : `${source === undefined ? "" : `${source}-`}${idPart(file)}`;
  const over = file === undefined ? "" : ` over ${file}`;
  const preview = post({
    id: `preview-${id}`,
    post: "/api/resets",
    body: { file, source, preview: true },
    text: file === undefined ? "Preview: what would a reset do?" : "Preview",
    done: "The preview has begun; it changes nothing.",
  });
  const run = confirm({
    id: `run-${id}`,
    post: "/api/resets",
    body: { file, source },
    text: file === undefined ? "Run a reset now …" : "Run now",
    main: file !== undefined,
    done: "The reset has begun.",
    title: `Run a reset${over} now?`,
    says: html`${file === undefined && html`<p>The oldest file waiting in <code>incoming/</code> is read.</p>`}
<p>Every product that the file counts is set to its count, plus the sales since the count was true. Stores are locked one at a time, for
seconds at most; a store whose count looks wrong is held and asks first.</p>
<p>How many products and units would change is not known before the file has been read: a preview says it, and changes nothing.
Afterwards a reset can be reverted, per store or as a whole.</p>`,
    verb: "Run it now",
  });
  return html`<div class="acts">${run}${preview}</div>`;
}

type Shown = Reset & { readonly staged: number | null };

/** Resets with how many of their rows are staged. */
export function withStaged(queues: Parts["queues"], resets: readonly Reset[]): Promise<Shown[]> {
  return Promise.all(resets.map(async (reset) => ({ ...reset, staged: await rowsStaged(queues, reset) })));
}

/** Resets, each with how it went or how far it is. */
export function resetsTable(resets: readonly Shown[], context: Pick<PageContext, "time" | "resetZone">): Html {
  const { time } = context;
  return tableOf({
    caption: "Resets, newest first",
    items: resets,
    key: ({ id }) => `reset-${id}`,
    columns: [
      {
        title: "File",
        wraps: true,
        cell: ({ id, file, source, preview, requestedBy }) =>
          html`<a href="/resets/${id}">${file}</a><br><span class="soft">${source !== DEFAULT_SOURCE && `${source} · `}${preview && "preview · "}${askedByWords(requestedBy)}</span>`,
      },
      {
        title: "Outcome",
        wraps: true,
        cell: (reset) => html`${state(reset.state)}<br>${outcome(reset, context)}`,
      },
      { title: "Rows", number: true, cell: ({ rows }) => quantity(rows) },
      {
        title: "Rejected",
        number: true,
        cell: ({ id, rejected }) =>
          rejected > 0 ? html`<a href="/resets/${id}#rejects">${quantity(rejected)}</a>` : "0",
      },
      {
        title: "Corrected",
        number: true,
        cell: ({ corrected }) => quantity(corrected),
      },
      {
        title: "Units changed",
        number: true,
        cell: ({ preview, corrected, unitsBefore, unitsAfter }) =>
          preview || corrected === 0 ? dash : change(unitsAfter - unitsBefore),
      },
      { title: "Counted at", cell: ({ asOf }) => time(asOf) },
      {
        title: "Started",
        cell: ({ createdAt, finishedAt }) => {
          const took = finishedAt && duration(Date.parse(finishedAt) - Date.parse(createdAt));
          return html`${time(createdAt)}${took && html`<br><span class="soft whole">took ${took}</span>`}`;
        },
      },
    ],
    empty: empty(
      "No reset has run yet.",
      html`Put a file of counts into <code>incoming/</code> on the SFTP server, under a name that ends in .csv, .csv.gz or .txt, with a header such as
<code>facilityId,sku,quantity</code>. Write it under a name that ends in <code>.part</code> and rename it when it is whole. It is run at the next
scheduled time (${context.resetZone}), or at once from here.`,
    ),
  });
}

function outcome(reset: Shown, context: Pick<PageContext, "time">): Html | string {
  const { facilities, facilitiesDone, facilitiesHeld, facilitiesFailed, staged } = reset;
  if (reset.outcome !== null) return message(reset.outcome, context);
  if (reset.state === "staging")
    return staged === null ? "waiting for the upload to finish" : `${quantity(staged)} rows staged`;
  const told =
    facilitiesHeld + facilitiesFailed > 0 ? html`<span class="bad">${storesText(reset)}</span>` : storesText(reset);
  if (reset.finishedAt !== null || facilities === 0) return told;
  return html`${progress({ done: facilitiesDone, of: facilities, label: "stores" })} ${told}`;
}
