// Stored messages as pages show them: times in the page's zone, resets as links, and nothing from outside as markup.
import { describe, expect, it } from "vitest";
import { time } from "../src/ui/html.ts";
import { message } from "../src/ui/pieces.ts";

const now = new Date("2026-11-26T20:00:00Z");
const look = { time: (date: Parameters<typeof time>[0]) => time(date, "America/New_York", "said", now) };
const id = "e5f02a30-5611-4cd3-a510-0bdb2d277cf1";
const link = `<a href="/resets/${id}">e5f02a30</a>`;
const noon = '<time datetime="2026-11-26T11:04:00.000Z" title="2026-11-26 06:04:00 EST">06:04</time>';

const cases: readonly {
  readonly what: string;
  readonly text: string;
  readonly shown: string;
  readonly beside?: string;
}[] = [
  { what: "a time with an offset", text: "held since 2026-11-26T12:04:00+01:00 in", shown: `held since ${noon} in` },
  { what: "a time in UTC, before a full stop", text: "at 2026-11-26T11:04:00.000Z.", shown: `at ${noon}.` },
  { what: "a time in brackets", text: "(2026-11-26T11:04Z)", shown: `(${noon})` },
  { what: "several times", text: "2026-11-26T11:04Z to 2026-11-26T11:04Z", shown: `${noon} to ${noon}` },
  { what: "a time without a zone", text: "2026-11-26T11:04:00", shown: "2026-11-26T11:04:00" },
  { what: "a time that there is not", text: "2026-13-40T99:99:00Z", shown: "2026-13-40T99:99:00Z" },
  { what: "a time in a file's name", text: "stock-2026-11-26T11:04:00Z.csv", shown: "stock-2026-11-26T11:04:00Z.csv" },
  { what: "a name that begins with a time", text: "2026-11-26T11:04:00Z.csv", shown: "2026-11-26T11:04:00Z.csv" },
  { what: "a reset", text: `of a.csv (reset ${id}): why`, shown: `of a.csv (reset ${link}): why` },
  { what: "the reset beside it", text: `of a.csv (reset ${id}): why`, shown: "of a.csv: why", beside: id },
  { what: "an id that is no reset's", text: `job ${id}`, shown: `job ${id}` },
  { what: "a command", text: `run \`reset show ${id}\`.`, shown: `run <code>reset show ${id}</code>.` },
  { what: "markup", text: `<b>"&' 2026-11-26T11:04Z <i>`, shown: `&#60;b&#62;&#34;&#38;&#39; ${noon} &#60;i&#62;` },
  { what: "markup in a command", text: "`<script>`", shown: "<code>&#60;script&#62;</code>" },
  { what: "markup around an id", text: `reset ${id}<a>`, shown: `reset ${link}&#60;a&#62;` },
];

describe("a stored message on a page", () => {
  for (const { what, text, shown, beside } of cases)
    it(`shows ${what}`, () => expect(message(text, look, beside).html).toBe(shown));
});
