/** docs/channels/complaints.md names a test for each complaint that can concern us: its file exists, and its words are in it. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { repositoryPath } from "../support/monitoring.ts";

test("the page of complaints has 35 of them, and names tests that exist", () => {
  const rows = readFileSync(repositoryPath("docs/channels/complaints.md"), "utf8").split("\n");
  const shown = rows
    .filter((row) => /^\| \d/.test(row))
    .map((row) => row.split(" | ").at(-1)?.replace(/ \|$/, "") ?? "");
  expect(shown.length).toBe(35);
  const missing = shown.flatMap((each) =>
    each.split("; ").flatMap((named) => {
      const [, file, words = ""] = /^`([\w./-]+)`(?:: `?([^`]+)`?)?$/.exec(named) ?? [];
      if (named === "–") return [];
      if (file === undefined || !existsSync(repositoryPath(file))) return [named];
      return readFileSync(repositoryPath(file), "utf8").includes(words) ? [] : [named];
    }),
  );
  expect(missing).toEqual([]);
});
