// GET /runbook: the runbook of this version, so that whoever is woken reads what to do where they are. It is docs/runbook.md,
// our own file, and so trusted as it is; each heading can be linked to as on any forge.
import { readFile } from "node:fs/promises";
import { Marked, type Tokens } from "marked";
import { type Html, html } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import { tableOf } from "../../ui/table.ts";

/** The same place from src and from dist, in the image as well. */
const FILE = new URL("../../../../../docs/runbook.md", import.meta.url);

let rendered: Promise<Html> | undefined;

export const showRunbook = page({
  path: "/runbook",
  nav: "alarms",
  summary: "What each alarm means, what to look at, what to do",
  async show() {
    rendered ??= readFile(FILE, "utf8").then(renderRunbook);
    return { title: "Runbook", main: await rendered };
  },
});

/** The runbook as HTML, with its contents first. */
function renderRunbook(markdown: string): Html {
  const contents: { id: string; text: string; depth: number }[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, text, depth }: Tokens.Heading) {
        const id = anchorOf(text);
        if (depth === 1 && contents.length > 0) contents.push({ id, text, depth });
        if (depth === 2) contents.push({ id, text, depth });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      table({ header, rows }: Tokens.Table) {
        const inline = ({ tokens }: Tokens.TableCell): Html => ({ html: this.parser.parseInline(tokens) });
        return tableOf({
          caption: contents.at(-1)?.text ?? "Table",
          items: rows,
          columns: header.map(({ text }, index) => ({
            title: text,
            wraps: index > 0,
            cell: (cells: readonly Tokens.TableCell[]) => cells[index] && inline(cells[index]),
          })),
          folds: false,
        }).html;
      },
      // Documents beside it are not served here.
      link({ href, tokens }: Tokens.Link) {
        const text = this.parser.parseInline(tokens);
        return /^(#|\/|https:)/.test(href) ? html`<a href="${href}">${{ html: text }}</a>`.html : text;
      },
      // Scrolled by keyboard as well where a line is longer than the screen is wide.
      code({ text }: Tokens.Code) {
        return html`<pre tabindex="0"><code>${text}</code></pre>`.html;
      },
    },
  });
  const body = { html: marked.parse(markdown, { async: false }) };
  return html`<div class="runbook"><nav class="contents" aria-label="Sections of the runbook"><ul>${contents
    .filter(({ depth }) => depth === 2)
    .map(({ id, text }) => html`<li><a href="#${id}">${text}</a></li>`)}</ul></nav>
<div class="prose">${body}</div></div>`;
}

/** As forges make them: lower case, words joined by hyphens. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
