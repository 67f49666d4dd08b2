// How counts, errors and long texts are put into words.
import { expect, test } from "vitest";
import { messageOf, plural, sentence, shortened } from "../src/index.ts";

test("a count stands with its noun and with its thousands marked", () => {
  expect([plural(0, "product"), plural(1, "product"), plural(1_234, "facility", "facilities")]).toEqual([
    "0 products",
    "1 product",
    "1,234 facilities",
  ]);
});

test("a text that is too long says that there was more", () => {
  expect([shortened("12345", 5), shortened("123456", 5)]).toEqual(["12345", "12345…"]);
});

test("a sentence begins with a capital and ends once", () => {
  expect([sentence("it is late"), sentence("is it?"), sentence("")]).toEqual(["It is late.", "Is it?", "."]);
});

test("an error says its message, else its code, its parts or its name; what is no error says itself", () => {
  const refused = Object.assign(new Error(""), { code: "ECONNREFUSED" });
  const errors = [new Error(" no "), refused, new AggregateError([refused, new Error("late")]), new RangeError(), 7];
  expect(errors.map(messageOf)).toEqual(["no", "ECONNREFUSED", "ECONNREFUSED; late", "RangeError", "7"]);
});
