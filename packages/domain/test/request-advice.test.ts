// What an operator is told to do about a refused request.
import { expect, it } from "vitest";
import { type AdvisedRequest, looksRounded, requestAdvice } from "../src/index.ts";

const about: AdvisedRequest = {
  ...{
    code: "invalid",
    client: "till",
    pointer: null,
    eventId: "e-1",
    events: null,
    faulty: null,
    signature: null,
    times: 1,
  },
};

it.each<[string, Partial<AdvisedRequest>, RegExp]>([
  [
    "a batch with one bad line",
    { pointer: "/499/lines/0/quantity", events: 1_000, faulty: 1 },
    /^Event 500, line 1, of the 1,000 is at fault\. Send the other 999 events by themselves, and this one once corrected\.$/,
  ],
  [
    "the same batch again and again",
    { pointer: "/499/lines/0/quantity", events: 1_000, faulty: 1, times: 48 },
    /is at fault\. .*It was refused 48 times already, and will be each time\.$/,
  ],
  [
    "two of three",
    { pointer: "/0/eventId", events: 3, faulty: 2 },
    /^2 events of the 3 are at fault, first event 1\. Send the other 1 event by itself/,
  ],
  [
    "a batch that is wrong throughout",
    { pointer: "/0/type", events: 3, faulty: 3 },
    /None of the others is without a fault/,
  ],
  ["a single event", { pointer: "/lines/1/quantity", events: 1, faulty: 1 }, /^Have line 2 of the event corrected/],
  ["a body that was not read to its end", { pointer: "/7" }, /^Have it corrected and sent again\.$/],
  [
    "a good signature that is too old",
    { code: "unauthorized", signature: "good" },
    /Nobody forged it.*sign each attempt anew/,
  ],
  ["a wrong signature", { code: "unauthorized", signature: "wrong" }, /not made with the client's secret.*rotate it/],
  ["a client that did not sign", { code: "unauthorized" }, /has to sign its requests/],
  ["a key of nobody", { code: "unauthorized", client: null }, /No client has this key/],
  [
    "an id that was rounded on its way",
    { eventId: "711111111111111200", code: "forbidden" },
    /Allow it.*ends in 00.*rounded/,
  ],
  ["a kind that has no words of its own", { code: "constructor" }, /^Tell the sender/],
])("says what to do about %s", (_, given, advice) => {
  expect(requestAdvice({ ...about, ...given })).toMatch(advice);
});

it.each([
  ["711111111111111200", true],
  ["1006-592481256000133000", true],
  ["711111111111111113", false],
  ["20261128000000", false],
  ["R-1000", false],
  ["00", false],
])("takes %s for a rounded number: %s", (id, isRounded) => {
  expect(looksRounded(id)).toBe(isRounded);
});
