// Texts from outside on a terminal or in a chat.
import { expect, test } from "vitest";
import { showable, showableLines } from "../src/index.ts";

test.each([
  ["a terminal's escape", "a\u001b[31mb", "a\\u{1b}[31mb"],
  ["a line end", "a\nb", "a\\u{a}b"],
  ["the mark that turns the direction", "a\u202efdp.csv", "a\\u{202e}fdp.csv"],
  ["an isolate", "a\u2066b", "a\\u{2066}b"],
  ["a blank of no width", "S0\u200b01", "S0\\u{200b}01"],
  ["a filler that shows as nothing", "S001\u3164", "S001\\u{3164}"],
  ["a Braille cell without dots", "S001\u2800", "S001\\u{2800}"],
  ["a Khitan filler", "S001\u{16fe4}", "S001\\u{16fe4}"],
  ["a note head without ink", "S001\u{1d159}", "S001\\u{1d159}"],
  ["a line separator", "a\u2028b", "a\\u{2028}b"],
  ["half a character", "a\ud83db", "a\\u{d83d}b"],
  ["a tag beyond the first plane", "a\u{e0041}b", "a\\u{e0041}b"],
])("%s is written out", (_what, text, shown) => {
  expect(showable(text)).toBe(shown);
});

test("what is seen as it is stays: letters of any script, signs, blanks", () => {
  const text = "Größe 38 – 東京, عدد 👕 \\u{202e}";
  expect(showable(text)).toBe(text);
});

test("in a text of several lines the line ends and tabs stay", () => {
  expect(showableLines("a\tb\nc\r\u202e")).toBe("a\tb\nc\\u{d}\\u{202e}");
});
